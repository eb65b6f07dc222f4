"""HTTP API: campaigns, requests for coupons, and their outcomes."""
