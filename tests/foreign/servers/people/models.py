"""Users and groups with the columns that django-scim2 asks of a project."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Group(AbstractSCIMGroupMixin):
    """A group; its adapter asks for `name` and for `user_set`."""

    name = models.CharField(max_length=150, unique=True)


class User(AbstractSCIMUserMixin, AbstractUser):
    """Django's own user, in groups that have an id for SCIM."""

    scim_groups = models.ManyToManyField(Group, related_name="user_set")
