"""The demo: three companies with a year of purchases behind them, the same for the same seed and day."""
