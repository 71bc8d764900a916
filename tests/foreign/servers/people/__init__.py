"""The smallest Django application that django-scim2 can serve: users, groups, the token at the door."""
