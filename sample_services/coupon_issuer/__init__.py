"""The issuer: it decides requests for coupons, stores the outcome and announces each coupon."""
