"""The measurements of a load test and how they are judged: time series, growth, budgets, and baselines."""
