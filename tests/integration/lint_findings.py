"""What `xdscope lint` finds in the answers of a real Envoy, and pieces that Istio's proxies have."""

import http.client
import json
import pathlib
import socket
import ssl
import tempfile

import configuration as c
from xdscope_command import xdscope

FILTERS = f"{c.ENVOY}.extensions.filters"


def findings(rule, *files, **parameters):
    """The findings of one rule over the files of one proxy."""
    with tempfile.TemporaryDirectory() as folder:
        settings = pathlib.Path(folder) / "settings.yaml"
        settings.write_text(json.dumps({"parameters": {rule: parameters}} if parameters else {}))
        named = [argument for file in files for argument in ("-f", file)]
        return json.loads(xdscope("lint", "--config", settings, "--select", rule, "--fail-on",
                                  "never", "-o", "json", *named))["findings"]


def node(kind, **metadata):
    """A node as Istio's agent names it: sidecar, router, …"""
    return {"id": f"{kind}~10.0.0.1~app-1.shop~shop.svc.cluster.local", "cluster": "app.shop",
            "metadata": {"NAMESPACE": "shop", "ISTIO_VERSION": "1.30.0", **metadata}}


def rbac(policies, action="ALLOW"):
    """An HTTP RBAC filter; policies: name -> (permission, principal), as Istio names them."""
    anything = {"any": True}
    return {"name": "envoy.filters.http.rbac", "typed_config": {
        "@type": f"{FILTERS}.http.rbac.v3.RBAC",
        "rules": {"action": action, "policies": {
            f"ns[shop]-policy[{name}]-rule[0]": {"permissions": [permission or anything],
                                                 "principals": [principal or anything]}
            for name, (permission, principal) in policies.items()}}}}


def path(prefix):
    return {"url_path": {"path": {"prefix": prefix}}}


def header(name, exact):
    return {"header": {"name": name, "string_match": {"exact": exact}}}


def principal(identity):
    return {"authenticated": {"principal_name": {"exact": identity}}}


def manager(cluster, filters=(), **fields):
    """A connection manager that sends everything to one cluster, after these HTTP filters."""
    routes = {"name": "all", "virtual_hosts": [c.virtual_host("all", ["*"], [c.route("/", cluster)])]}
    return c.http_filter(route_config=routes, http_filters=[*filters, c.router()], **fields)


def original_destination():
    """Restores where a connection was meant to go from the PROXY protocol, as the original_dst filter
    does from what the kernel knows of a redirected one."""
    return {"name": "envoy.filters.listener.proxy_protocol", "typed_config": {
        "@type": f"{FILTERS}.listener.proxy_protocol.v3.ProxyProtocol"}}


def redirected(listener_port, port, request=None):
    """Connects as if to `port` of loopback and redirected to the listener: the bytes answered."""
    with socket.create_connection(("127.0.0.1", listener_port), timeout=10) as connection:
        connection.sendall(f"PROXY TCP4 127.0.0.1 127.0.0.1 40000 {port}\r\n".encode())
        connection.sendall(request or b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except ConnectionResetError:
            pass  # what was sent is not read where nothing takes the connection
        return answer


def tls_request(port, target, certificate, key):
    """The status that a client with this certificate gets."""
    with tempfile.TemporaryDirectory() as folder:
        files = [pathlib.Path(folder) / name for name in ("cert.pem", "key.pem")]
        for file, text in zip(files, (certificate, key)):
            file.write_text(text)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.load_cert_chain(*files)
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
        try:
            connection.request("GET", target)
            return connection.getresponse().status
        finally:
            connection.close()
