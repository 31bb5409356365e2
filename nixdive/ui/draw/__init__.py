"""Lines, lists and figures: how anything is drawn, whatever it is about."""
