import pytest
from django.test import Client
@pytest.mark.django_db
def test_x(cast, settings):
    settings.MFA_ALLOW_UNVERIFIED_EMAIL=True
    a=cast.ada.account; a.set_password("four calm words here"); a.save()
    b=Client(); r=b.post("/account/login/",{"login":a.email,"password":"four calm words here"})
    print("LOGIN",r.status_code,r.headers.get("Location"),a.email,a.is_active)
    if r.context: print(r.context["form"].errors)
    print(dict(b.session))
    r=b.get("/account/mfa/totp/activate/"); print(r.status_code,r.headers.get("Location"))
