return { hello = "Willkommen bei: %s", stock = "%d Produkte, %d verkauft, Umsatz %s", best = "Am besten geht: %s",
    heading = "Produkt", price = "Preis" }
