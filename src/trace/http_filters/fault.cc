// Faults put in on purpose (envoy: source/extensions/filters/http/fault/fault_filter.cc).
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "trace/http_filters/header_check.h"
#include "trace/http_filters/http_filter.h"

namespace xdscope::trace {
namespace {

// The percentage of a fault: its own, or that of a runtime key where the runtime has one.
double share_of(json::Value percentage, std::string_view key, const Runtime& runtime) {
  const FractionalPercent given = decode_fractional_percent(percentage);
  return (key.empty() ? given : runtime.fraction(key, given)).share();
}

std::uint32_t http_code_of_grpc(std::int64_t) { return 200; }

class FaultFilter final : public HttpFilter {
 public:
  explicit FaultFilter(const FilterSetup& setup)
      : name_(setup.filter.name),
        own_(setup.filter.config),
        runtime_(setup.runtime),
        envoy_(setup.envoy),
        node_(setup.index.snapshot().node().id) {}

  FilterVerdict run(FilterInput& input, bool) const override {
    const Extension per_route = route_config_of(name_, input);
    const json::Value fault = per_route.config ? per_route.config : own_;
    FilterVerdict verdict;
    if (!fault["abort"] && !fault["delay"]) return verdict;
    if (!applies(fault, input)) return verdict;
    verdict.evidence = fault;
    const json::Value delay = fault["delay"];
    const double delayed = delay ? share_of(delay["percentage"],
                                            fault["delay_percent_runtime"].string_or(
                                                "fault.http.delay.fixed_delay_percent"),
                                            runtime_)
                                 : 0;
    abort(fault, input, delayed, verdict);
    if (delayed > 0 && verdict.note.empty()) {
      verdict.note = fmt::format("delays {:.4g} % of the requests by {}", 100 * delayed,
                                 printable(delay["fixed_delay"].string_or("what a header says")));
    }
    return verdict;
  }

 private:
  bool applies(json::Value fault, const FilterInput& input) const {
    const std::string_view upstream = fault["upstream_cluster"].text();
    if (!upstream.empty() && upstream != input.route.cluster) return false;
    if (const json::Value nodes = fault["downstream_nodes"]; !nodes.empty()) {
      const std::string* node = input.request.first("x-envoy-downstream-service-node");
      if (node == nullptr) return false;
      bool listed = false;
      for (const json::Value one : nodes.elements()) listed = listed || one.text() == *node;
      if (!listed) return false;
    }
    for (const json::Value header : fault["headers"].elements()) {
      const HeaderCheck check(decode_header_matcher(header), header_repeats(envoy_));
      if (check.matches(input.request) != Verdict::kYes) return false;
    }
    return true;
  }

  void abort(json::Value fault, const FilterInput& input, double delayed,
             FilterVerdict& verdict) const {
    const json::Value abort = fault["abort"];
    if (!abort) return;
    std::uint32_t code = static_cast<std::uint32_t>(abort["http_status"].integer_or(0));
    if (abort["grpc_status"]) code = http_code_of_grpc(abort["grpc_status"].integer_or(0));
    if (abort["header_abort"]) {
      const std::string* asked = input.request.first("x-envoy-fault-abort-request");
      long status = 0;
      if (asked == nullptr || !parse_decimal(*asked, status) || status < 200 || status > 599)
        return;
      code = static_cast<std::uint32_t>(status);
    }
    const double share = share_of(
        abort["percentage"],
        fault["abort_percent_runtime"].string_or("fault.http.abort.abort_percent"), runtime_);
    if (share <= 0) return;
    verdict.note = fmt::format("aborts {:.4g} % of the requests with {}", 100 * share, code);
    // A request that was delayed and then aborted carries both flags.
    const auto add = [&](double part, const char* flags) {
      if (part <= 0) return;
      FilterReply reply;
      reply.code = code;
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
  std::string_view node_;
};

}  // namespace

std::unique_ptr<HttpFilter> make_fault_filter(const FilterSetup& setup) {
  return std::make_unique<FaultFilter>(setup);
}

}  // namespace xdscope::trace
