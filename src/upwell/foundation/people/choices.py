"""Enumerations of people and organisation."""

from django.db import models


class PersonKind(models.TextChoices):
    """Why the organisation knows a person."""

    EMPLOYED = "employed", "employed"
    CANDIDATE = "candidate", "candidate"


class MandateKind(models.TextChoices):
    """What an account may be entrusted with beyond its own work and its own reports."""

    HR_PARTNER = "hr_partner", "HR partner"
    LND_LEAD = "lnd_lead", "L&D lead"
    EXECUTIVE = "executive", "Executive"
    ADMINISTRATOR = "administrator", "Administrator"
    AUDITOR = "auditor", "Auditor"
