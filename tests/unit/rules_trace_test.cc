// The rules agree with the trace: a request traced into the object that a finding names gets what
// the finding says that traffic gets. Over the cases of the rules and, where they are there, over
// the captures of real proxies.
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>

#include "rules/catalogue.h"
#include "support/aimed_request.h"
#include "support/catch.h"
#include "support/rule_cases.h"
#include "xdscope/lint.h"
#include "xdscope/load.h"

using namespace xdscope;
using testing::Place;
namespace fs = std::filesystem;

namespace {

const fs::path kSource = XDSCOPE_SOURCE_DIR;

bool judged(const std::string& rule) {
  return rule.starts_with("RT") || rule.starts_with("DR") || rule.starts_with("EP");
}

// A dump without listeners gets one for each of its route configurations: who delivered those is
// all that is missing for a trace.
std::string with_listeners(const std::string& text, const Index& index) {
  if (index.snapshot().has(Section::kListeners)) return text;
  std::string listeners;
  int port = 10000;
  for (const RouteConfigEntry& entry : index.route_configs()) {
    listeners += fmt::format(
        R"({}{{"active_state": {{"listener": {{"name": "l{}", "address": {{"socket_address":
        {{"address": "0.0.0.0", "port_value": {}}}}}, "filter_chains": [{{"filters": [{{"name": "h",
        "typed_config": {{"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "rds": {{"route_config_name": "{}"}}, "http_filters": [{{"name": "r", "typed_config":
        {{"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}}}]}}}}]}}]}}}}}})",
        listeners.empty() ? "" : ",", port, port, entry.config->name);
    ++port;
  }
  return text + R"({"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
      "dynamic_listeners": [)" +
         listeners + "]}]}";
}

// A secret that never arrived (TL005) closes the connection before a request is read. What would
// become of the request is told by the same proxy with the secret.
std::string with_secrets(std::string text) {
  const std::string warming = "\"dynamic_warming_secrets\"";
  if (const std::size_t at = text.find(warming); at != std::string::npos) {
    text.replace(at, warming.size(), "\"static_secrets\"");
  }
  return text;
}

bool has_flag(const Outcome& outcome, const std::string& flag) {
  return ("," + outcome.flags + ",").find("," + flag + ",") != std::string::npos;
}

// Whether the outcome is what the finding says. A rule that says no flag means a reply of the
// route's own.
bool is_effect(const Outcome& outcome, const Finding& finding) {
  if (finding.effect.code != 0 && outcome.code != finding.effect.code) return false;
  if (finding.effect.flags.empty()) return outcome.flags == "-";
  return has_flag(outcome, finding.effect.flags);
}

// A delayed request goes on: that is a step of it, not an end.
bool delays(const TraceResult& result) {
  return std::any_of(result.steps.begin(), result.steps.end(), [](const Step& step) {
    return step.stage == Stage::kHttpFilter && step.reason.starts_with("delays ");
  });
}

std::string told(const TraceResult& result) {
  std::string text;
  for (const Outcome& outcome : result.outcomes) {
    text += fmt::format("{} {} {} {} cluster {} route {} host {} ({})\n",
                        static_cast<int>(outcome.kind), outcome.code, outcome.flags,
                        outcome.details, outcome.cluster.value_or("-"), outcome.route.value_or("-"),
                        outcome.virtual_host.value_or("-"), outcome.reason);
  }
  return text;
}

class Proxy {
 public:
  explicit Proxy(std::unique_ptr<Snapshot> snapshot)
      : snapshot_(std::move(snapshot)), index_(*snapshot_), tracer_(index_) {}

  const Index& index() const { return index_; }

  TraceResult trace(const TraceRequest& request) {
    auto result = tracer_.trace(request);
    if (!result) FAIL(result.error().message);
    return std::move(*result);
  }

  // Whether a request to the place gets what the finding says; `seen` is what was traced.
  bool gets(const Finding& finding, const Place& place, std::string& seen) {
    for (const TraceRequest& request : requests(finding, place)) {
      const TraceResult result = trace(request);
      if (finding.effect.flags == "DI" && delays(result)) return true;
      for (const Outcome& outcome : result.outcomes) {
        const bool there =
            place.route == nullptr || !outcome.route || *outcome.route == place.route->name;
        if (there && outcome.share > 0 && is_effect(outcome, finding)) return true;
      }
      seen += fmt::format("{} {}{} to {}:{} sni {}\n{}", request.method, request.authority,
                          request.path, request.destination, request.port,
                          request.sni.value_or("-"), told(result));
    }
    return false;
  }

 private:
  std::vector<TraceRequest> requests(const Finding& finding, const Place& place) const {
    if (finding.rule == "RT005") return reused_connections(place);
    if (finding.rule == "RT008") return hidden_by(place);
    return testing::requests_to(place);
  }

  // A connection made for one server name of the listener carries a request for another one.
  static std::vector<TraceRequest> reused_connections(const Place& place) {
    std::vector<TraceRequest> requests;
    const std::string other = *testing::connection_to(*place.listener, *place.chain).sni;
    for (const FilterChain& chain : place.listener->filter_chains) {
      if (&chain == place.chain || chain.match.server_names.empty()) continue;
      TraceRequest there = testing::connection_to(*place.listener, chain);
      TraceRequest back = testing::connection_to(*place.listener, *place.chain);
      back.authority = *there.sni;
      there.authority = other;
      for (TraceRequest* request : {&there, &back}) {
        request->protocol = "HTTP/2";
        requests.push_back(*request);
      }
    }
    return requests;
  }

  // What the virtual host for all other hosts would serve.
  static std::vector<TraceRequest> hidden_by(const Place& place) {
    std::vector<TraceRequest> requests;
    for (const VirtualHost& host : place.config->virtual_hosts) {
      if (host.domains != std::vector<std::string_view>{"*"}) continue;
      for (const Route& route : host.routes) {
        for (const HttpUse* use : place.uses) {
          TraceRequest request = testing::request_to(*use, place.host);
          if (testing::aim(request, route.match)) requests.push_back(std::move(request));
        }
      }
    }
    return requests;
  }

  std::unique_ptr<Snapshot> snapshot_;
  Index index_;
  Tracer tracer_;
};

// Counted, so that a test that checks nothing fails.
using Counts = std::map<std::string, std::size_t>;

// A destination that nobody registered is taken by the service of RT004, or its TLS is closed.
void check_taken_port(Proxy& proxy, const Place& place, Counts& counts) {
  TraceRequest request = testing::connection_to(*place.listener, *place.chain);
  const bool tcp = is_tcp_proxy(place.chain->filters.back());
  if (!tcp) request.tls = true;
  const TraceResult result = proxy.trace(request);
  INFO("traced:\n" << told(result));
  if (tcp) {
    CHECK(result.outcomes.front().cluster.value_or("").starts_with("outbound|"));
  } else {
    CHECK(result.outcomes.front().kind == Outcome::Kind::kClose);
  }
  ++counts["RT004"];
}

void check(Proxy& proxy, const Finding& finding, Counts& counts) {
  INFO(finding.rule << " " << finding.evidence.pointer << ": " << finding.message);
  const Place place = testing::place_of(proxy.index(), finding.evidence);
  if (finding.effect) {
    std::string seen;
    const bool agrees = proxy.gets(finding, place, seen);
    INFO("traced:\n" << seen);
    CHECK(agrees);
    ++counts[finding.rule];
    return;
  }
  if (finding.rule == "RT007") {
    // What is never reached answers nothing: another route does.
    for (const TraceRequest& request : testing::requests_to(place)) {
      const TraceResult result = proxy.trace(request);
      const auto& steps = result.steps;
      const auto step = std::find_if(steps.begin(), steps.end(),
                                     [](const Step& at) { return at.stage == Stage::kRoute; });
      REQUIRE(step != steps.end());
      CHECK(step->evidence);
      CHECK_FALSE(step->evidence.pointer.starts_with(json::pointer_of(place.route->source) + "/"));
      CHECK(step->evidence.pointer != json::pointer_of(place.route->source));
      ++counts[finding.rule];
    }
  }
  if (finding.rule == "RT004") check_taken_port(proxy, place, counts);
}

// The files of one proxy as one text: documents one after another.
Counts check_all(const std::vector<fs::path>& files, const LintOptions& options) {
  std::string text;
  for (const fs::path& file : files) text += testing::read_text(file) + "\n";
  {
    const auto bare = load_text(text, "dump.json");
    if (!bare) FAIL(bare.error().message);
    text = with_listeners(text, Index(**bare));
  }
  const auto linted = load_text(text, "dump.json");
  if (!linted) FAIL(linted.error().message);
  const Index index(**linted);
  const Index* only = &index;
  const auto result = lint(std::span(&only, 1), options);
  if (!result) FAIL(result.error().message);
  auto traced = load_text(with_secrets(std::move(text)), "dump.json");
  if (!traced) FAIL(traced.error().message);
  Proxy proxy(std::move(*traced));
  Counts counts;
  for (const Finding& finding : result->findings) {
    if (judged(finding.rule)) check(proxy, finding, counts);
  }
  return counts;
}

}  // namespace

TEST_CASE("rules: the trace says what the findings of the cases say", "[rules][trace]") {
  for (const rules::Rule& rule : rules::builtin_rules()) {
    if (!judged(rule.card.id)) continue;
    const fs::path folder = kSource / "rules" / (rule.card.id + "-" + rule.card.name);
    Counts counts;
    bool has_effect = false;
    for (const auto& rule_case : testing::rule_cases(folder)) {
      if (!rule_case.raises) continue;
      INFO(rule_case.path);
      LintOptions options;
      options.select = {rule.card.id};
      options.parameters[rule.card.id] = rule_case.parameters;
      for (const auto& [id, count] : check_all({rule_case.path}, options)) counts[id] += count;
      has_effect = true;
    }
    INFO(rule.card.id);
    // DR002 and RT006 say nothing of replies.
    const std::set<std::string> silent = {"DR002", "RT006"};
    CHECK((counts[rule.card.id] > 0 || silent.contains(rule.card.id)));
    CHECK(has_effect);
  }
}

TEST_CASE("rules: the trace says what the findings of whole proxies say", "[rules][trace]") {
  std::vector<fs::path> folders = {kSource / "samples/sidecar",
                                   kSource / "samples/ingress-gateway"};
  const fs::path captures = fs::path(XDSCOPE_REFERENCE_DIR) / "data/captures";
  if (fs::is_directory(captures)) {
    for (const auto& entry : fs::directory_iterator(captures)) folders.push_back(entry.path());
  }
  std::size_t checked = 0;
  for (const fs::path& folder : folders) {
    INFO(folder);
    std::vector<fs::path> files = {folder / "config_dump.json"};
    if (fs::exists(folder / "clusters.json")) files.push_back(folder / "clusters.json");
    LintOptions options;
    options.select = {"all"};
    for (const auto& [id, count] : check_all(files, options)) checked += count;
  }
  CHECK(checked > 0);
}
