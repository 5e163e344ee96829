"""What SNS signs its deliveries with."""

import base64
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.sns.models import Subscription, sns_backends

_CERTIFICATE = "SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """SNS's own, one for each process."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def patch_signatures() -> None:
    """Fault: moto makes a key of RSA for each subscription, a tenth of a second, and a certificate for each message,
    which it keeps for ever. As at AWS there is one certificate here, and it is kept at its address.
    """

    def get_post_data(
        self: Any, message: str, message_id: str, subject: str | None, message_attributes: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        region = self.topic.sns_backend.region_name
        # Who fetches it does so without credentials, which names no account.
        sns_backends[DEFAULT_ACCOUNT_ID][region]._message_public_keys[_CERTIFICATE] = _certificate()  # noqa: SLF001
        timestamp = iso_8601_datetime_with_milliseconds()
        signed = (
            f"Message\n{message}\nMessageId\n{message_id}\nTimestamp\n{timestamp}\n"
            f"TopicArn\n{self.topic.arn}\nType\nNotification\n"
        )
        signature = signing_key().sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        optional = {"Subject": subject, "MessageAttributes": message_attributes}
        return {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": self.topic.arn,
            "Message": message,
            "Timestamp": timestamp,
            "SignatureVersion": "2",
            "Signature": base64.b64encode(signature).decode(),
            "SigningCertURL": f"https://sns.{region}.amazonaws.com/{_CERTIFICATE}",
            "UnsubscribeURL": f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={self.arn}",
            **{name: value for name, value in optional.items() if value},
        }

    Subscription.get_post_data = get_post_data


@cache
def _certificate() -> bytes:
    """In PEM, good for a year."""
    now = datetime.now(UTC)
    issuer = {
        NameOID.COUNTRY_NAME: "US",
        NameOID.ORGANIZATION_NAME: "Amazon",
        NameOID.COMMON_NAME: "Amazon RSA 2048 M01",
    }
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")]))
        .issuer_name(x509.Name([x509.NameAttribute(name, value) for name, value in issuer.items()]))
        .public_key(signing_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=365))
        .sign(signing_key(), hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)
