#include "trace/router_check.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "json/document.h"
#include "trace/header_mutation.h"
#include "trace/redirect.h"
#include "trace/route_action.h"
#include "trace/route_criteria.h"

namespace xdscope::trace {
namespace {

// Runtime as the tool has it: one key is enabled, at least for the number 0; all others are off.
class TestRuntime : public Runtime {
 public:
  explicit TestRuntime(std::string_view enabled) : enabled_(enabled) {}
  FractionalPercent fraction(std::string_view key, FractionalPercent otherwise) const override {
    const bool on = !enabled_.empty() && key == enabled_;
    return {on ? std::max(otherwise.numerator, 1U) : 0U, otherwise.denominator};
  }

 private:
  std::string_view enabled_;
};

// The tool's requests come from here.
constexpr StreamFacts kFacts{"127.0.0.1"};

HttpRequest request_of(json::Value input) {
  HttpRequest request;
  request.authority = input["authority"].text();
  request.path = input["path"].text();
  request.method = input["method"].text();
  const std::string_view scheme = input["ssl"].boolean_or(false) ? "https" : "http";
  request.scheme = scheme;
  request.add("x-forwarded-proto", scheme);
  if (input["internal"].boolean_or(false)) request.add("x-envoy-internal", "true");
  for (const json::Value header : input["additional_request_headers"].elements()) {
    request.add(header["key"].text(), header["value"].text());
  }
  return request;
}

std::vector<StreamMetadata> metadata_of(json::Value input) {
  std::vector<StreamMetadata> out;
  for (const json::Value entry : input["dynamic_metadata"].elements()) {
    out.push_back({entry["metadata_namespace"].text(), entry["value"],
                   entry["allow_overwrite"].boolean_or(false)});
  }
  return out;
}

std::size_t base64_size(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return text.size() * 3 / 4;
}

// The virtual cluster of a request: statistics only, and part of the tool's checks.
std::string virtual_cluster(const VirtualHost& host, const HttpRequest& request, Version envoy) {
  const json::Value clusters = host.source["virtual_clusters"];
  for (const json::Value cluster : clusters.elements()) {
    bool matches = true;
    for (const json::Value header : cluster["headers"].elements()) {
      matches =
          matches &&
          HeaderCriterion(decode_header_matcher(header), header_repeats(envoy)).matches(request) ==
              Verdict::kYes;
    }
    if (const json::Value pattern = cluster["pattern"]) {
      matches = matches && Regex(pattern.text()).full_match(request.path) == Verdict::kYes;
      const std::string_view method = cluster["method"].text();
      matches = matches && (method.empty() || method == request.method);
    }
    if (matches) return std::string(cluster["name"].text());
  }
  return clusters.empty() ? "" : "other";
}

// A route, or one of its weighted clusters.
using CoverageKey = std::pair<const Route*, const WeightedCluster*>;
using CheckedFields = std::vector<std::string>;

class TestRun {
 public:
  TestRun(const RouteTable& table, json::Value test, std::map<CoverageKey, CheckedFields>& covered)
      : table_(table),
        test_(test),
        validate_(test["validate"]),
        covered_(covered),
        request_(request_of(test["input"])) {}

  RouteTestResult run() {
    result_.name = test_["test_name"].text();
    result_.line = json::position_of(test_).line;
    resolve();
    compare("cluster_name", forwarded() ? std::string(outcome_.cluster) : "");
    // The virtual cluster is that of the request as it came.
    compare("virtual_cluster_name",
            forwarded() ? virtual_cluster(*outcome_.virtual_host, request_, table_.envoy()) : "");
    compare("virtual_host_name", forwarded() ? std::string(outcome_.virtual_host->name) : "");
    finalize();
    compare("path_rewrite", forwarded() ? final_.path : "");
    compare("host_rewrite", forwarded() ? final_.authority : "");
    compare("path_redirect", redirect_uri());
    if (const auto code = validate_["code_redirect"].unsigned_integer()) {
      compare_values("code_redirect", std::to_string(*code),
                     std::to_string(no_route() ? 0 : outcome_.code));
    }
    fields("request_header_fields", final_);
    fields("response_header_fields", response_);
    matchers("request_header_matches", final_);
    matchers("response_header_matches", response_);
    return std::move(result_);
  }

 private:
  bool forwarded() const { return outcome_.kind == RouteOutcome::Kind::kForward; }
  bool no_route() const { return outcome_.kind == RouteOutcome::Kind::kNoRoute; }

  void resolve() {
    const json::Value input = test_["input"];
    const TestRuntime runtime(input["runtime"].text());
    const auto metadata = metadata_of(input);
    ResolveOptions options;
    // The tool holds the number in an int.
    options.random_value = static_cast<std::uint64_t>(
        static_cast<std::int32_t>(input["random_value"].unsigned_integer().value_or(0)));
    options.runtime = &runtime;
    options.dynamic_metadata = &metadata;
    options.filter_state_empty = true;
    options.downstream_tls = false;
    outcome_ = table_.resolve(request_, options).outcomes.front();
    if (!outcome_.certain) {
      result_.failures.push_back({"route", "one that can be told", outcome_.unknown_reason});
    }
    if (outcome_.route != nullptr) {
      result_.route = RouteCriteria(*outcome_.route, table_.envoy()).path().describe();
      if (!outcome_.route->name.empty()) {
        result_.route = fmt::format("{} ({})", outcome_.route->name, result_.route);
      }
    }
  }

  void finalize() {
    final_ = request_;
    std::vector<std::string> unknown;
    if (forwarded()) finalize_request(table_, outcome_, final_, unknown, kFacts);
    for (const json::Value header : test_["input"]["additional_response_headers"].elements()) {
      append_header(response_.headers, to_lower(header["key"].text()), header["value"].text());
    }
    if (forwarded()) {
      mutate_response_headers(table_.config(), outcome_, final_, response_.headers, unknown,
                              kFacts);
    } else if (!no_route()) {
      add_local_reply(unknown);
    }
    unknown_headers_ = std::move(unknown);
  }

  // What Envoy itself answers has its headers finalised before those given are added to.
  void add_local_reply(std::vector<std::string>& unknown) {
    std::vector<Header> reply{{":status", std::to_string(outcome_.code)}};
    const json::Value body =
        outcome_.route != nullptr ? outcome_.route->direct_response.body : json::Value();
    std::size_t size = body["inline_string"].text().size();
    if (const json::Value bytes = body["inline_bytes"]) size = base64_size(bytes.text());
    if (size != 0) {
      reply.push_back({"content-length", std::to_string(size)});
      reply.push_back({"content-type", "text/plain"});
    }
    mutate_response_headers(table_.config(), outcome_, request_, reply, unknown, kFacts);
    for (const Header& header : reply) append_header(response_.headers, header.name, header.value);
  }

  std::string redirect_uri() const {
    if (forwarded() || no_route()) return {};
    if (outcome_.location) return *outcome_.location;
    return request_uri(request_);
  }

  void compare(std::string_view field, const std::string& actual) {
    if (const auto expected = validate_[field].string()) {
      compare_values(field, std::string(*expected), actual);
    }
  }

  void compare_values(std::string_view field, std::string expected, std::string actual) {
    if (expected != actual) {
      result_.failures.push_back({std::string(field), std::move(expected), std::move(actual)});
      return;
    }
    if (outcome_.route != nullptr) {
      covered_[{outcome_.route, outcome_.weighted}].emplace_back(field);
    }
  }

  std::string shown(const HttpRequest& headers, const std::string& name) const {
    if (std::ranges::find(unknown_headers_, name) != unknown_headers_.end()) {
      return "a value that only a running proxy knows";
    }
    return headers.has(name) ? headers.joined(name) : "(absent)";
  }

  void fields(std::string_view list, const HttpRequest& headers) {
    for (const json::Value field : validate_[list].elements()) {
      const std::string name = to_lower(field["key"].text());
      const std::string actual = shown(headers, name);
      if (headers.has(name) && headers.joined(name) == field["value"].text()) continue;
      result_.failures.push_back(
          {fmt::format("{} {}", list, name), std::string(field["value"].text()), actual});
    }
  }

  void matchers(std::string_view list, const HttpRequest& headers) {
    for (const json::Value matcher : validate_[list].elements()) {
      const HeaderCriterion criterion(decode_header_matcher(matcher),
                                      header_repeats(table_.envoy()));
      const std::string name = to_lower(criterion.matcher().name);
      const bool unknown = std::ranges::find(unknown_headers_, name) != unknown_headers_.end();
      if (!unknown && criterion.matches(headers) == Verdict::kYes) continue;
      // A header whose value cannot be told is there all the same.
      if (unknown && criterion.matcher().kind == HeaderMatcher::Kind::kPresent &&
          criterion.matcher().present != criterion.matcher().invert) {
        continue;
      }
      result_.failures.push_back(
          {fmt::format("{} {}", list, name), criterion.expectation(), shown(headers, name)});
    }
  }

  const RouteTable& table_;
  json::Value test_;
  json::Value validate_;
  std::map<CoverageKey, CheckedFields>& covered_;
  HttpRequest request_;
  HttpRequest final_;
  HttpRequest response_;  // its headers only
  RouteOutcome outcome_;
  std::vector<std::string> unknown_headers_;
  RouteTestResult result_;
};

// The part of a route's fields that were checked.
double checked_part(const Route& route, const CheckedFields& fields) {
  static const std::vector<std::string> kForward{
      "cluster_name", "virtual_cluster_name", "virtual_host_name", "path_rewrite", "host_rewrite"};
  static const std::vector<std::string> kDirect{"path_redirect", "code_redirect"};
  const auto& wanted = route.action == Route::Action::kRoute ? kForward : kDirect;
  const auto found = std::ranges::count_if(wanted, [&](const std::string& field) {
    return std::ranges::find(fields, field) != fields.end();
  });
  return static_cast<double>(found) / static_cast<double>(wanted.size());
}

void measure_coverage(const RouteConfig& config, Version envoy,
                      const std::map<CoverageKey, CheckedFields>& covered,
                      RouteTestReport& report) {
  double comprehensive = 0;
  const auto count = [&](const VirtualHost& host, std::size_t position, const Route& route,
                         const WeightedCluster* weighted) {
    ++report.coverage.total;
    const auto found = covered.find({&route, weighted});
    if (found != covered.end()) {
      ++report.coverage.covered;
      comprehensive += checked_part(route, found->second);
      return;
    }
    report.coverage.missing.push_back(fmt::format(
        "virtual host '{}', {}{}", host.name, describe_route(RouteCriteria(route, envoy), position),
        weighted != nullptr ? fmt::format(", cluster '{}'", weighted->name) : ""));
  };
  for (const VirtualHost& host : config.virtual_hosts) {
    for (std::size_t i = 0; i < host.routes.size(); ++i) {
      const Route& route = host.routes[i];
      if (route.action == Route::Action::kRoute && !route.route.weighted_clusters.empty()) {
        for (const WeightedCluster& entry : route.route.weighted_clusters) {
          count(host, i, route, &entry);
        }
      } else {
        count(host, i, route, nullptr);
      }
    }
  }
  report.comprehensive_percent =
      report.coverage.total == 0 ? 100
                                 : 100 * comprehensive / static_cast<double>(report.coverage.total);
}

}  // namespace

double RouteCoverage::percent() const {
  return total == 0 ? 100 : 100 * static_cast<double>(covered) / static_cast<double>(total);
}

std::size_t RouteTestReport::failed() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(results, [](const RouteTestResult& one) { return !one.passed(); }));
}

RouteTestReport run_route_tests(const RouteConfig& config, Version envoy,
                                const std::vector<RouteTestFile>& files) {
  const RouteTable table(config, envoy);
  std::map<CoverageKey, CheckedFields> covered;
  RouteTestReport report;
  for (const RouteTestFile& file : files) {
    for (const json::Value test : file.tests()) {
      report.results.push_back(TestRun(table, test, covered).run());
      report.results.back().file = file.name();
    }
  }
  measure_coverage(config, envoy, covered, report);
  return report;
}

}  // namespace xdscope::trace
