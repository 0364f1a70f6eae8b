# SPDX-License-Identifier: Apache-2.0

"""A name in, whether its value is a secret out.

All that is known of names stands in one table, each row with a name that it
hides and one much like it that stays.
"""

from collections.abc import Callable
from collections.abc import Iterable
import re
from typing import NamedTuple
import unicodedata
import urllib.parse

#: the word stands anywhere in the name
WITHIN = 'within'
#: it is the last word of the name
LAST = 'last'
#: it is the whole name
WHOLE = 'whole'
#: it is the whole name, and that of a parameter: of a query or a form
PARAMETER = 'parameter'


class NameRule(NamedTuple):
    """What makes a name that of a secret.

    :param word: in lower case, without dashes, underscores and the like
    :param place: where in the name
    :param hides: a name whose value it hides
    :param keeps: one that looks alike, and whose value stays
    """

    word: str
    place: str
    hides: str
    keeps: str


RULES = tuple(
    NameRule(*row.split())
    for row in """
    accesskey within AWSAccessKeyId access_level
    adminpass within adminpass admin_path
    apikey within apikey-new api_version
    assertion within client_assertion_x asset
    authcode within authcode2 auth_color
    authkey within pacemakerremoteauthkey2 authority
    authorization within Proxy-Authorization author
    bearer within bearer_value bear
    bindpw within ldap_bindpw_2 bind_power
    clientkey within cephclientkey2 client_id
    cloudconfig within cloud_config cloud_name
    cloudinit within cloud-init cloud_id
    cookie within Set-Cookie2 cook
    credential within X-Amz-Credential creditor
    encryptedkey within encrypted_key_b encrypted
    encryptionkey within heat_auth_encryption_key_b encryption_method
    fernet within fernetkey1 fern
    hashsuffix within swifthashsuffix hash_algorithm
    jwt within jwt_value jw
    keydata within ca-key-data key_date
    keymaterial within KeyMaterial2 key_math
    keytab within krb5_keytab_file key_type
    kubeconfig within kubeconfig_raw kube_version
    newpass within newpass1 new_path
    otpcode within otpCode1 opt_code
    parameterskg within power_parameters_k_g power_parameters_g
    passcode within totp_passcode passed
    passphrase within passphrase2 phrase
    passwd within userPasswd passage
    password within db_password_2 passport
    personality within personality person
    pkcs12 within pkcs12_bundle pkcs7_bundle
    privatekey within private_key_pem private
    privkey within privkey1 private
    pswd within sys_pswd psw
    recoverycode within recovery_codes recovery_count
    samlart within SAMLart samba
    samlre within SAMLResponse sample
    secret within client_secret_v2 section
    sessid within PHPSESSID2 session_count
    sessionid within session_id_x sessions_id
    sessionkey within session_key_x session_kept
    signature within X-Goog-Signature sign_date
    signingkey within signing_key_b signing_algorithm
    tempurlsig within temp_url_sig_b temp_url_expires
    token within X-Subject-Token took
    userdata within OS-EXT-SRV-ATTR:user_data user_date
    verifier within code_verifier verified
    wresult within wresult1 result
    writefiles within write_files write_file
    auth last auth auth_url
    community last snmp_community community_id
    creds last db_creds creds_count
    hmac last body-hmac hmac_algorithm
    kek last simple_crypto_kek kek_size
    key last ssh_key key_name
    nonce last nonce nonces_used
    otp last otp opt
    pass last user[pass] bypass
    pin last pin pin_count
    psk last psk psk_length
    pw last root_pw pw_length
    pwd last pwd pwd_length
    session last session session_count
    sid last sid side
    sig last x-sig sigma
    ticket last ticket ticket_number
    totp last totp totp_window
    barbicansimplecryptokek whole barbicansimplecryptokek crypto
    blob whole blob blob_count
    cephadminkey whole cephadminkey cephadminkey_id
    cephclusterfsid whole cephclusterfsid cephclusterfsid_id
    cephmdskey whole cephmdskey cephmdskey_id
    cephmonkey whole cephmonkey cephmonkey_id
    cephrgwkey whole cephrgwkey cephrgwkey_id
    configdrive whole configdrive config_driver
    designaterndckey whole designaterndckey designaterndckey_id
    internalaccesspath whole internal_access_path internal_access
    kg whole k_g kgs
    migrationsshkey whole migrationsshkey migrationsshkey_id
    octaviaheartbeatkey whole octaviaheartbeatkey octaviaheartbeatkey_id
    payload whole payload payload_content_type
    sslkey whole sslkey sslkey_id
    vendordata whole vendor_data vendor_date
    code parameter code zip_code
    sign parameter sign sign_type
    """.strip().splitlines()
)

#: all words of the rules
WORDS = frozenset(rule.word for rule in RULES)

#: What holds such a word and is no secret: how to sort, what to page by, where
#: a secret is kept
HARMLESS = frozenset(
    {
        'cookiename',
        'encryptionkeyid',
        'foreignkey',
        'groupkey',
        'imgsignaturecertificateuuid',
        'imgsignaturehashmethod',
        'imgsignaturekeytype',
        'maxpersonality',
        'partitionkey',
        'primarykey',
        'publickey',
        'sortkey',
    }
)
#: last words of names that tell about a secret, and not the secret
ABOUT = frozenset(
    {
        'algorithm',
        'count',
        'enabled',
        'expiration',
        'expires',
        'expiry',
        'length',
        'ref',
        'refs',
        'required',
        'size',
        'ttl',
        'type',
    }
)
#: the same with ``at`` or ``in`` behind it
WHEN = frozenset({'changed', 'created', 'expires', 'issued', 'updated'})

# No longer name is remembered, so that memory stays bounded.
_REMEMBERED_LENGTH = 64
_REMEMBERED_NAMES = 1024
# So much of the end of a name has its last words, but for very few names.
_LAST_LENGTH = 64

_separators = re.compile(r'[\W_]+')
# Where a word begins inside adminPass.
_capitals = re.compile(r'(?<=[a-z0-9])(?=[A-Z])')

_DIGITS = '0123456789'

# Letters of other alphabets, and those of ours that look like them.
_LOOK_ALIKE = str.maketrans(
    '\u0430\u0435\u043a\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458'
    '\u0501\u051d\u03b1\u03b5\u03b9\u03ba\u03bf\u03c1\u03c4\u03c5\u0131\u0261'
    '\u0410\u0415\u041a\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408'
    '\u0412\u041d\u0391\u0395\u0399\u039a\u039f\u03a1\u03a4\u03a5\u039d\u0396',
    'aekopctyxsijdwaeikoptyigAEKOPCTYXSIJBHAEIKOPTYNZ',
)


class Names:
    """Says which names are those of secrets.

    Names are compared after percent-decoding, without regard to case,
    dashes, underscores, brackets, and letters that merely look different.

    :param extra: further names whose values are secrets
    :param parameters: whether the names are those of parameters
    :param rules: what makes a name one of a secret
    """

    def __init__(
        self,
        extra: Iterable[str] = (),
        parameters: bool = False,
        rules: Iterable[NameRule] = RULES,
    ) -> None:
        words: dict[str, set[str]] = {
            place: set() for place in (WITHIN, LAST, WHOLE, PARAMETER)
        }
        for rule in rules:
            words[rule.place].add(rule.word)
        self._within = tuple(words[WITHIN])
        self._last = frozenset(words[LAST])
        self._whole = frozenset(words[WHOLE].union(map(_alike, extra)))
        # In JSON, a code is that of an error.
        self._alone = frozenset(words[PARAMETER] if parameters else ())

    def hide(self, name: str) -> bool:
        """Say whether a name is that of a secret."""
        name = urllib.parse.unquote_plus(name)
        if not name.isascii():
            name = _latin(name)
        letters = plain(name)
        if letters in self._whole:
            return True
        if letters in HARMLESS:
            return False
        if any(word in letters for word in self._within):
            return not _is_about(name)
        words = [word for word in _separators.split(name) if word]
        last = words[-1] if words else ''
        if last.lower() in self._alone:
            return len(words) == 1 or '[' in name
        # Of several each has a number; key1 alone is anything.
        if len(words) > 1 and last.isdigit():
            last = words[-2]
        elif letters.rstrip(_DIGITS) != 'key':
            last = last.rstrip(_DIGITS)
        return (
            last.lower() in self._last
            or _capitals.split(last)[-1].lower() in self._last
        )


def remembering(judge: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return a function that asks another one once for each name.

    :param judge: the other one
    """
    known: dict[str, bool] = {}

    def ask(name: str) -> bool:
        verdict = known.get(name)
        if verdict is None:
            verdict = judge(name)
            if len(name) <= _REMEMBERED_LENGTH:
                if len(known) >= _REMEMBERED_NAMES:
                    known.clear()
                known[name] = verdict
        return verdict

    return ask


def plain(name: str) -> str:
    """Return a name in lower case, without dashes, underscores and the like.

    :param name: the name
    """
    return _separators.sub('', name.lower())


def _latin(name: str) -> str:
    """Return a name in letters of ASCII where others look like them."""
    letters = unicodedata.normalize('NFKD', name)
    return ''.join(
        each for each in letters if not unicodedata.combining(each)
    ).translate(_LOOK_ALIKE)


def _alike(name: str) -> str:
    return plain(name if name.isascii() else _latin(name))


def last_words(name: str) -> list[str]:
    """Return the last two words of a name, in lower case, or fewer.

    :param name: the name
    """
    words = _words(name[-_LAST_LENGTH:])
    if len(words) < 3 and len(name) > _LAST_LENGTH:
        # They stand further in front, or began there.
        words = _words(name)
    return [word.lower() for word in words[-2:]]


def _words(name: str) -> list[str]:
    words = _separators.split(_capitals.sub('_', name))
    return [word for word in words if word]


def _is_about(name: str) -> bool:
    words = last_words(name)
    if words[-1:] in (['at'], ['in']):
        return words[0] in WHEN
    return not ABOUT.isdisjoint(words[-1:])
