"""HTTP API: campaigns, requests for coupons, and what became of them."""
