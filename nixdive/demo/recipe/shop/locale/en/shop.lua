return { hello = "Welcome to %s", stock = "%d products, %d sold, turnover %s", best = "Best seller: %s",
    heading = "Product", price = "Price" }
