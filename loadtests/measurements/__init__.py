"""What a load run measures and how it is judged: time series, growth, budgets, baselines."""
