"""A model of filters, paths, PATCH, and sorting that follows the RFCs literally; checks compare the target with it."""
