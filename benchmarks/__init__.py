"""Measurements, as ratios within one run against what a user would pick instead; `make bench` writes them down."""
