"""Tells users of their coupons: calls coupon_api back for each one issued."""
