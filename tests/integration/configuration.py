"""Pieces of Envoy configurations, so that a test says only what it is about."""

import pathlib
import subprocess
import tempfile

ENVOY = "type.googleapis.com/envoy"
HCM = f"{ENVOY}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


def loopback(port=0):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def endpoints(name, ports):
    hosts = [{"endpoint": {"address": loopback(port)}} for port in ports]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": hosts}]}


def cluster(name, ports, **fields):
    """A STATIC cluster with these ports of loopback as its endpoints."""
    return {"name": name, "type": "STATIC", "connect_timeout": "1s",
            "load_assignment": endpoints(name, ports), **fields}


def route(match, cluster_name, **fields):
    """A route to a cluster; `match` is a prefix, or a RouteMatch."""
    match = {"prefix": match} if isinstance(match, str) else match
    return {"match": match, "route": {"cluster": cluster_name}, **fields}


def virtual_host(name, domains, routes, **fields):
    return {"name": name, "domains": domains, "routes": routes, **fields}


def router():
    return {"name": "envoy.filters.http.router",
            "typed_config": {"@type": f"{ENVOY}.extensions.filters.http.router.v3.Router"}}


def http_filter(**fields):
    """An HTTP connection manager; give it route_config or rds."""
    return {"name": "envoy.filters.network.http_connection_manager",
            "typed_config": {"@type": HCM, "stat_prefix": "test", "http_filters": [router()],
                             **fields}}


def tcp_filter(cluster_name):
    return {"name": "envoy.filters.network.tcp_proxy",
            "typed_config": {"@type": f"{ENVOY}.extensions.filters.network.tcp_proxy.v3.TcpProxy",
                             "stat_prefix": "test", "cluster": cluster_name}}


def tls_inspector():
    inspector = "extensions.filters.listener.tls_inspector.v3.TlsInspector"
    return {"name": "envoy.filters.listener.tls_inspector",
            "typed_config": {"@type": f"{ENVOY}.{inspector}"}}


def downstream_tls(certificate, key):
    """A transport socket that ends TLS with a certificate and its key (PEM)."""
    chain = {"certificate_chain": {"inline_string": certificate},
             "private_key": {"inline_string": key}}
    context = "extensions.transport_sockets.tls.v3.DownstreamTlsContext"
    return {"name": "envoy.transport_sockets.tls",
            "typed_config": {"@type": f"{ENVOY}.{context}",
                             "common_tls_context": {"tls_certificates": [chain]}}}


def self_signed(name, alternative=None):
    """(certificate, key) for a host name, made now and valid for a day; `alternative` is another
    subject alternative name than the host's, such as URI:spiffe://…"""
    alternative = alternative or f"DNS:{name}"
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = pathlib.Path(folder) / "cert.pem", pathlib.Path(folder) / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj",
                        f"/CN={name}", "-addext", f"subjectAltName={alternative}", "-keyout", key,
                        "-out", certificate], check=True, capture_output=True)
        return certificate.read_text(), key.read_text()


def from_file(name):
    """A ConfigSource that reads one of the `files` of an Envoy."""
    return {"path_config_source": {"path": f"FOLDER/{name}"}, "resource_api_version": "V3"}


def resources(kind, *messages):
    """The content of such a file; `kind` as in cluster.v3.Cluster."""
    return {"resources": [{"@type": f"{ENVOY}.config.{kind}", **message} for message in messages]}
