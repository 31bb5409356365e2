"""What carries an image to where it runs: clients as data, the link, and the seconds that both take."""
