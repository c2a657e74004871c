#include "fetch/pods.h"
#include "fetch/selection.h"

#include "fetch/log_levels.h"
#include "fetch/redact.h"
#include "fetch/save.h"
#include "fetch/target.h"
#include "support/catch.h"
#include "support/json_text.h"

using namespace xdscope;
using namespace xdscope::fetch;

namespace {

std::string target(std::string_view text, std::string_view namespace_ = "") {
  const auto parsed = parse_target(text, namespace_);
  return parsed ? parsed->type + "|" + parsed->name + "|" + parsed->namespace_ : "refused";
}

std::string selector(std::string_view object) {
  const auto document = xdscope::testing::parse_json(object);
  const auto found = selections_of(document->roots().front());
  if (!found) return "none: " + found.error().message;
  std::string all;
  for (const PodSelection& selection : *found) {
    if (!all.empty()) all += "; ";
    all += selection.selector;
    if (selection.all_namespaces) all += " everywhere";
  }
  return all;
}

std::string redacted(std::string_view text, Redactions& redactions) {
  const auto result = redact(Buffer(text), "test", redactions);
  return result ? std::string(result->view()) : result.error().message;
}

}  // namespace

TEST_CASE("targets are read as istioctl reads them") {
  CHECK(target("web") == "|web|");
  CHECK(target("web", "shop") == "|web|shop");
  CHECK(target("web.shop", "other") == "|web|shop");
  CHECK(target("web.v1.shop") == "|web.v1|shop");
  CHECK(target("deploy/web") == "deploy|web|");
  CHECK(target("deployments.apps/web") == "deployments.apps|web|");
  CHECK(target("deployments.apps/web.shop") == "deployments.apps|web|shop");
  CHECK(target("pod/web.shop") == "|web|shop");
  for (const char* bad : {"", "-x", "--context=a", "a/-x", "-a/x", "a/b/c/", "/web", "web.", ".",
                          "a b", "a;b", "a\nb", "$(x)", "a/../b", "web.-n"}) {
    INFO(bad);
    CHECK(target(bad) == "refused");
  }
  CHECK(target(std::string(254, 'a')) == "refused");
}

TEST_CASE("selectors of the objects that select pods") {
  CHECK(selector(R"({"kind": "Service", "spec": {"selector": {"app": "a", "v": "1"}}})") ==
        "app=a,v=1");
  CHECK(selector(R"({"kind": "Deployment", "spec": {"selector": {"matchLabels": {"app": "a"},
      "matchExpressions": [{"key": "k", "operator": "In", "values": ["x", "y"]},
        {"key": "l", "operator": "NotIn", "values": ["z"]}, {"key": "m", "operator": "Exists"},
        {"key": "n", "operator": "DoesNotExist"}]}}})") == "app=a,k in (x,y),l notin (z),m,!n");
  CHECK(selector(R"({"kind": "Gateway", "apiVersion": "gateway.networking.k8s.io/v1",
      "metadata": {"name": "g", "namespace": "shop"}, "spec": {"gatewayClassName": "eg"}})") ==
        "gateway.networking.k8s.io/gateway-name=g; "
        "gateway.envoyproxy.io/owning-gateway-name=g,"
        "gateway.envoyproxy.io/owning-gateway-namespace=shop everywhere; "
        "gateway.envoyproxy.io/owning-gatewayclass=eg everywhere");
  CHECK(selector(R"({"kind": "Gateway", "apiVersion": "networking.istio.io/v1",
      "metadata": {"name": "g", "namespace": "shop"}, "spec": {"selector": {"istio": "gw"}}})") ==
        "istio=gw; istio=gw everywhere");
  CHECK(selector(R"({"kind": "Service", "spec": {"type": "ExternalName"}})") ==
        "none: it selects no pods");
}

TEST_CASE("the pod that kubectl logs prefers") {
  const auto better = [](std::string_view first, std::string_view second) {
    const auto a = xdscope::testing::parse_json(first);
    const auto b = xdscope::testing::parse_json(second);
    return is_preferred(a->roots().front(), b->roots().front()) &&
           !is_preferred(b->roots().front(), a->roots().front());
  };
  const auto ready = [](std::string since, std::string created, int restarts) {
    return R"({"spec": {"nodeName": "n"}, "metadata": {"creationTimestamp": ")" + created +
           R"("}, "status": {"phase": "Running", "containerStatuses": [{"restartCount": )" +
           std::to_string(restarts) + R"(}], "conditions": [{"type": "Ready", "status": "True",
           "lastTransitionTime": ")" +
           since + R"("}]}})";
  };
  const std::string running = R"({"spec": {"nodeName": "n"}, "status": {"phase": "Running"}})";
  const std::string pending = R"({"spec": {"nodeName": "n"}, "status": {"phase": "Pending"}})";
  const std::string unassigned = R"({"spec": {}, "status": {"phase": "Running"}})";
  CHECK(better(pending, unassigned));
  CHECK(better(running, pending));
  CHECK(better(ready("2026-01-02T00:00:00Z", "", 0), running));
  CHECK(better(ready("2026-01-01T00:00:00Z", "", 0), ready("2026-01-02T00:00:00Z", "", 9)));
  CHECK(better(ready("2026-01-01T00:00:00Z", "", 3), ready("2026-01-01T00:00:00Z", "", 2)));
  CHECK(better(ready("2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z", 1),
               ready("2026-01-01T00:00:00Z", "2025-01-02T00:00:00Z", 1)));
}

TEST_CASE("what kubectl says, in the user's words") {
  const auto said = [](std::string_view text) { return explain_kubectl(text, "here").message; };
  CHECK_THAT(said("Error from server (Forbidden): pods \"a\" is forbidden: User \"u\" cannot get"),
             ContainsSubstring("no access"));
  CHECK_THAT(said("Error from server (NotFound): pods \"a\" not found"),
             ContainsSubstring("no such object"));
  CHECK_THAT(said("error: context \"a\" does not exist"), ContainsSubstring("no such context"));
  CHECK_THAT(said("The connection to the server localhost:8080 was refused - did you specify"),
             ContainsSubstring("cannot be reached"));
  CHECK_THAT(said("error: You must be logged in to the server (Unauthorized)"),
             ContainsSubstring("not logged in"));
  CHECK_THAT(said("error: the server doesn't have a resource type \"x\""),
             ContainsSubstring("does not know this type"));
  // Its log lines do not hide the message; what steers a terminal does not pass.
  CHECK(said("E1123 10:25:17.194016   14296 memcache.go:265] noise\nerror: \x1b[2Jreal\n") ==
        "kubectl failed: error: \\x1b[2Jreal");
  CHECK(said("") == "kubectl failed and said nothing");
}

TEST_CASE("log levels") {
  const std::string loggers = "active loggers:\n  http: warning\n  router: warning\n";
  using Queries = std::vector<std::string>;
  CHECK(log_queries("debug", loggers).value() == Queries{"level=debug"});
  CHECK(log_queries("warn", loggers).value() == Queries{"level=warning"});
  CHECK(log_queries("http:debug,router=trace", loggers).value() ==
        Queries{"http=debug", "router=trace"});
  CHECK(log_queries("http:debug,info", loggers).value() == Queries{"level=info"});
  CHECK(log_queries("info,http:debug", loggers).value() == Queries{"level=info", "http=debug"});
  CHECK(log_queries("ns::http:off", loggers).value() == Queries{"http=off"});
  for (const char* bad :
       {"", "none", "htt:debug", "http:", "http:loud", "http&x=1:debug", "debug,"}) {
    INFO(bad);
    CHECK_FALSE(log_queries(bad, loggers));
  }
}

TEST_CASE("redaction is by field and keeps the rest") {
  Redactions redactions;
  const std::string text =
      redacted(R"({"node": {"id": "i", "metadata": {"NAME": "n", "SECRET": "s1",
      "PORTS": [1, "s2"], "PROXY_CONFIG": {"proxyMetadata": {"A": "s3"}, "concurrency": 2}}},
    "tls": {"trusted_ca": {"inline_string": "s4"}, "certificate_chain": {"filename": "/f"}},
    "list": [{"header": {"key": "x-api-key", "value": "s5"}}, {"header": {"key": "a", "value": "b"}}],
    "headers": [{"name": ":path", "string_match": {"exact": "/p"}},
                {"name": "Authorization", "string_match": {"exact": "s6"}}],
    "clusters": [{"name": "token-secret", "type": "EDS"}], "client_secret": "s7",
    "stats": [{"name": "cluster.token.rq", "value": 3}]})",
               redactions);
  for (const char* secret : {"s1", "s2", "s3", "s4", "s5", "s6", "s7"}) {
    INFO(secret);
    CHECK(text.find(std::string("\"") + secret + "\"") == std::string::npos);
  }
  for (const char* kept : {"\"i\"", "\"n\"", "\"b\"", "\"/p\"", "\"/f\"", "\"EDS\"",
                           "concurrency\": 2", "\"value\": 3", "token-secret", "\"x-api-key\""}) {
    INFO(kept);
    CHECK(text.find(kept) != std::string::npos);
  }
  CHECK(redactions.at("node.metadata") == 3);
  CHECK(redactions.at("node.metadata.PROXY_CONFIG.proxyMetadata") == 1);
  CHECK(redactions.at("trusted_ca") == 1);
  CHECK(redactions.at("headers with credentials") == 2);
  CHECK(redactions.at("client_secret") == 1);
  CHECK(redactions.size() == 5);
  CHECK_FALSE(redact(Buffer("no json"), "test", redactions));
}

TEST_CASE("folders of proxies") {
  CHECK(folder_name("web-1.shop") == "web-1.shop");
  CHECK(folder_name("http://127.0.0.1:15000") == "127.0.0.1_15000");
  CHECK(folder_name("http://[::1]:1") == "___1__1");
  CHECK(folder_name("unix:///run/a.sock") == "run_a.sock");
  CHECK(folder_name("..") == "proxy..");
  CHECK(folder_name("") == "proxy");
}
