"""Tables and constraints: even if Redis forgets, no campaign is over-issued and no user gets two coupons of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """Base class of all tables."""


class Campaign(Base):
    """A number of coupons to give away; `issued` counts them and can never pass `stock`."""

    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint("stock >= 0", name="campaigns_stock"),
        CheckConstraint("issued <= stock", name="campaigns_not_over_issued"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    stock: Mapped[int]
    issued: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    coupons: Mapped[list[Coupon]] = relationship(order_by="Coupon.created_at", viewonly=True)


class Coupon(Base):
    """A coupon; its key is the id of the request that got it."""

    __tablename__ = "coupons"
    __table_args__ = (UniqueConstraint("campaign_id", "user_id", name="coupons_one_per_user"),)

    request_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    user_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class Rejection(Base):
    """A request that got no coupon, and the reason."""

    __tablename__ = "rejections"

    request_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(32))


class Delivery(Base):
    """The single delivery of a coupon to its user."""

    __tablename__ = "deliveries"

    delivery_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("coupons.request_id"), unique=True)
    delivered_at: Mapped[datetime] = mapped_column(server_default=func.now())
