"""Settings of `scanflow web` that expose the server more than an operator may want."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from scanflow.web_settings import WebSettings


def exposures(settings: WebSettings) -> Iterator[tuple[str, str]]:
    """For each risk a sentence in English and one in Vietnamese: what is exposed, and the setting
    against it.
    """
    if not _is_loopback(settings.host) and not settings.secure_cookies:
        yield (
            f"listens at {settings.host} without https: passwords and sessions can be read on the network. "
            "Put a proxy with TLS before it and set [web] secure_cookies = true (docs/operating.md)",
            f"Trang web mở ở {settings.host} không qua https: mật khẩu có thể bị đọc trộm trên mạng. "
            "Hãy đặt proxy có TLS phía trước và bật [web] secure_cookies = true.",
        )
    if "*" in settings.hosts:
        yield (
            "[web] hosts lets every name lead to this server: pages of other sites may reach it by a name of "
            "their own. Name the server's own names",
            "[web] hosts cho phép mọi tên miền. Hãy ghi rõ tên miền của máy chủ.",
        )
    for proxy in settings.trusted_proxies:
        if ip_network(proxy).prefixlen == 0:
            yield (
                f"[web] trusted_proxies has {proxy}: anybody may take another's address; name the proxy's",
                f"[web] trusted_proxies có {proxy}: ai cũng giả được địa chỉ. Hãy chỉ ghi địa chỉ của proxy.",
            )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
