"""The notifier: it notifies users of their coupons by a callback to coupon_api for each issued one."""
