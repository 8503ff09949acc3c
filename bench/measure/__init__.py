"""What bench/run runs. One module a part; `context.py` is what they share, `report.py` prints."""
