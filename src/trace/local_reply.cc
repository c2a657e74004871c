#include "trace/local_reply.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "trace/http_filters/fraction.h"
#include "trace/matchers.h"

namespace xdscope::trace {
namespace {

Verdict has_flag(json::Value wanted, std::string_view flags) {
  if (wanted.empty()) return verdict(flags != "-");
  for (const std::string_view flag : split(flags, ',')) {
    for (const json::Value one : wanted.elements()) {
      if (one.text() == flag) return Verdict::kYes;
    }
  }
  return Verdict::kNo;
}

}  // namespace

struct LocalReply::Reply {
  const HttpRequest& request;
  std::uint32_t code;
  std::string_view flags;
  std::string_view details;
};

LocalReply::LocalReply(json::Value config, const Runtime& runtime, Version envoy)
    : runtime_(&runtime), envoy_(envoy) {
  for (const json::Value mapper : config["mappers"].elements()) mappers_.push_back(mapper);
}

// envoy.config.accesslog.v3.ComparisonFilter.
Verdict LocalReply::compares(json::Value comparison, std::uint32_t code) const {
  const json::Value value = comparison["value"];
  const std::uint64_t wanted =
      runtime_->integer(value["runtime_key"].text())
          .value_or(static_cast<std::uint64_t>(value["default_value"].integer_or(0)));
  const std::string_view op = comparison["op"].string_or("EQ");
  if (op == "GE") return verdict(code >= wanted);
  if (op == "LE") return verdict(code <= wanted);
  if (op == "NE") return verdict(code != wanted);
  return op == "EQ" ? verdict(code == wanted) : Verdict::kUnknown;
}

// envoy.config.accesslog.v3.AccessLogFilter, as far as a reply and its request decide.
Verdict LocalReply::passes(json::Value filter, const Reply& reply) const {
  if (const json::Value status = filter["status_code_filter"]) {
    return compares(status["comparison"], reply.code);
  }
  if (const json::Value flags = filter["response_flag_filter"]) {
    return has_flag(flags["flags"], reply.flags);
  }
  if (const json::Value header = filter["header_filter"]["header"]) {
    return HeaderCriterion(decode_header_matcher(header), header_repeats(envoy_, runtime_))
        .matches(reply.request);
  }
  if (filter["not_health_check_filter"]) {
    return verdict(!reply.details.starts_with("health_check"));
  }
  if (const json::Value all = filter["and_filter"]) {
    Verdict result = Verdict::kYes;
    for (const json::Value one : all["filters"].elements()) {
      result = std::min(result, passes(one, reply));
    }
    return result;
  }
  if (const json::Value any = filter["or_filter"]) {
    Verdict result = Verdict::kNo;
    for (const json::Value one : any["filters"].elements()) {
      result = std::max(result, passes(one, reply));
    }
    return result;
  }
  if (const json::Value runtime = filter["runtime_filter"]) {
    const FractionalPercent fraction = runtime_->fraction(
        runtime["runtime_key"].text(), decode_fractional_percent(runtime["percent_sampled"]));
    if (fraction.share() <= 0) return Verdict::kNo;
    if (fraction.share() >= 1) return Verdict::kYes;
  }
  return Verdict::kUnknown;
}

LocalReply::Rewritten LocalReply::rewrite(const HttpRequest& request, std::uint32_t code,
                                          std::string_view flags, std::string_view details) const {
  Rewritten out;
  out.code = code;
  for (std::size_t i = 0; i < mappers_.size(); ++i) {
    const Verdict fits = passes(mappers_[i]["filter"], {request, code, flags, details});
    if (fits == Verdict::kNo) continue;
    const auto wanted = static_cast<std::uint32_t>(mappers_[i]["status_code"].integer_or(code));
    if (fits == Verdict::kUnknown) {
      if (wanted != code && out.unknown.empty()) {
        out.unknown = fmt::format(
            "local_reply_config may make it {}: whether mapper {} applies is not known", wanted, i);
      }
      continue;
    }
    if (wanted != code) {
      out.why = fmt::format("local_reply_config (mapper {}) makes {} of {}", i, wanted, code);
    }
    out.code = wanted;
    break;
  }
  return out;
}

}  // namespace xdscope::trace
