"""The second opinion: filters, paths and PATCH as the RFCs say them, plain and slow, without any tolerance."""
