"""What is measured, as ratios in one run: these machines are noisy."""
