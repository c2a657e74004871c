// Faults put in on purpose (envoy: source/extensions/filters/http/fault/fault_filter.cc).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "trace/http_filters/http_filter.h"
#include "trace/matchers.h"

namespace xdscope::trace {
namespace {

// A header that asks for a fault, as a number.
std::optional<long> asked_number(const HttpRequest& request, std::string_view name) {
  const std::string* asked = request.first(name);
  long number = 0;
  if (asked == nullptr || !parse_decimal(*asked, number) || number < 0) return {};
  return number;
}

// The percentage of a fault: its own, or that of a runtime key where the runtime has one. Where
// headers ask for the fault, one of them may lower it.
double share_of(json::Value fault, std::string_view key, const Runtime& runtime,
                std::optional<long> asked) {
  FractionalPercent percent = decode_fractional_percent(fault["percentage"]);
  if (asked) {
    percent.numerator = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(static_cast<std::uint64_t>(*asked), percent.numerator));
  }
  return runtime.fraction(key, percent).share();
}

class FaultFilter final : public HttpFilter {
 public:
  explicit FaultFilter(const FilterSetup& setup)
      : name_(setup.filter.name),
        own_(setup.filter.config),
        runtime_(setup.runtime),
        envoy_(setup.envoy) {}

  FilterVerdict run(FilterInput& input, bool) const override {
    const Extension per_route = route_config_of(name_, input);
    const json::Value fault = per_route.config ? per_route.config : own_;
    FilterVerdict verdict;
    if (!fault["abort"] && !fault["delay"]) return verdict;
    // A limit of none turns the filter off; how many faults are under way is in no dump.
    const std::uint64_t most = fault["max_active_faults"].unsigned_integer().value_or(1);
    if (runtime_
            .integer(fault["max_active_faults_runtime"].string_or("fault.http.max_active_faults"))
            .value_or(most) == 0) {
      return verdict;
    }
    const Verdict applied = applies(fault, input);
    if (applied == Verdict::kNo) return verdict;
    verdict.evidence = fault;
    const double delayed = delayed_share(fault, input.request);
    abort(fault, input, delayed, verdict);
    if (applied == Verdict::kUnknown) {
      for (FilterReply& reply : verdict.replies) {
        reply.certain = false;
        reply.share *= 0.5;
        reply.why += ", if the request has the headers that it asks for: that is not known";
      }
    }
    if (delayed > 0 && verdict.note.empty()) {
      verdict.note =
          fmt::format("delays {:.4g} % of the requests by {}", 100 * delayed,
                      printable(fault["delay"]["fixed_delay"].string_or("what a header says")));
    }
    return verdict;
  }

 private:
  Verdict applies(json::Value fault, const FilterInput& input) const {
    const std::string_view upstream = fault["upstream_cluster"].text();
    if (!upstream.empty() && upstream != input.route.cluster) return Verdict::kNo;
    if (const json::Value nodes = fault["downstream_nodes"]; !nodes.empty()) {
      const std::string* node = input.request.first("x-envoy-downstream-service-node");
      if (node == nullptr) return Verdict::kNo;
      bool listed = false;
      for (const json::Value one : nodes.elements()) listed = listed || one.text() == *node;
      if (!listed) return Verdict::kNo;
    }
    Verdict applied = Verdict::kYes;
    for (const json::Value header : fault["headers"].elements()) {
      const HeaderCriterion check(decode_header_matcher(header), header_repeats(envoy_, &runtime_));
      applied = std::min(applied, check.matches(input.request));
    }
    return applied;
  }

  // envoy.extensions.filters.common.fault.v3.FaultDelay: a delay of zero is none.
  double delayed_share(json::Value fault, const HttpRequest& request) const {
    const json::Value delay = fault["delay"];
    if (!delay) return 0;
    const bool by_header = static_cast<bool>(delay["header_delay"]);
    const std::uint64_t milliseconds =
        by_header
            ? static_cast<std::uint64_t>(
                  asked_number(request, "x-envoy-fault-delay-request").value_or(0))
            : static_cast<std::uint64_t>(
                  decode_duration(delay["fixed_delay"]).value_or(std::chrono::nanoseconds::zero()) /
                  std::chrono::milliseconds(1));
    const std::string_view key =
        fault["delay_duration_runtime"].string_or("fault.http.delay.fixed_duration_ms");
    if (by_header && milliseconds == 0) return 0;
    if (runtime_.integer(key).value_or(milliseconds) == 0) return 0;
    return share_of(
        delay, fault["delay_percent_runtime"].string_or("fault.http.delay.fixed_delay_percent"),
        runtime_,
        by_header ? asked_number(request, "x-envoy-fault-delay-request-percentage") : std::nullopt);
  }

  // The status to abort with; of a gRPC status it is 200.
  std::optional<std::uint32_t> abort_code(json::Value fault, const HttpRequest& request) const {
    const json::Value abort = fault["abort"];
    if (abort["header_abort"]) {
      const auto status = asked_number(request, "x-envoy-fault-abort-request");
      if (status && *status >= 200 && *status < 600) return static_cast<std::uint32_t>(*status);
      if (asked_number(request, "x-envoy-fault-abort-grpc-request")) return 200;
      return {};
    }
    if (abort["grpc_status"]) return 200;
    return static_cast<std::uint32_t>(
        runtime_
            .integer(fault["abort_http_status_runtime"].string_or("fault.http.abort.http_status"))
            .value_or(abort["http_status"].unsigned_integer().value_or(0)));
  }

  void abort(json::Value fault, const FilterInput& input, double delayed,
             FilterVerdict& verdict) const {
    const json::Value abort = fault["abort"];
    if (!abort) return;
    const auto code = abort_code(fault, input.request);
    if (!code) return;
    const double share = share_of(
        abort, fault["abort_percent_runtime"].string_or("fault.http.abort.abort_percent"), runtime_,
        abort["header_abort"]
            ? asked_number(input.request, "x-envoy-fault-abort-request-percentage")
            : std::nullopt);
    if (share <= 0) return;
    verdict.note = fmt::format("aborts {:.4g} % of the requests with {}", 100 * share, *code);
    // A request that was delayed and then aborted carries both flags.
    const auto add = [&](double part, const char* flags) {
      if (part <= 0) return;
      FilterReply reply;
      reply.code = *code;
      reply.flags = flags;
      reply.details = "fault_filter_abort";
      reply.share = part;
      reply.why = "a fault is put in on purpose";
      verdict.replies.push_back(std::move(reply));
    };
    add(share * (1 - delayed), "FI");
    add(share * delayed, "DI,FI");
  }

  std::string_view name_;
  json::Value own_;
  const Runtime& runtime_;
  Version envoy_;
};

}  // namespace

std::unique_ptr<HttpFilter> make_fault_filter(const FilterSetup& setup) {
  return std::make_unique<FaultFilter>(setup);
}

}  // namespace xdscope::trace
