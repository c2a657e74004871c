#include "report/trace_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/advice.h"
#include "report/escaping.h"

namespace xdscope::report {
namespace {

using Json = nlohmann::ordered_json;

std::string_view kind_name(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::kForward:
      return "forward";
    case Outcome::Kind::kReply:
      return "reply";
    case Outcome::Kind::kClose:
      break;
  }
  return "close";
}

void append_member(std::string& out, std::string_view key,
                   const std::optional<std::string>& value) {
  fmt::format_to(std::back_inserter(out), ", \"{}\": ", key);
  if (value) {
    append_json_string(out, *value);
  } else {
    out += "null";
  }
}

void append_outcome(std::string& out, const Outcome& outcome) {
  if (outcome.share == 1) {
    out += "{\"share\": 1";
  } else {
    fmt::format_to(std::back_inserter(out), "{{\"share\": {}", outcome.share);
  }
  fmt::format_to(std::back_inserter(out), ", \"kind\": \"{}\"", kind_name(outcome.kind));
  if (outcome.kind == Outcome::Kind::kReply) {
    fmt::format_to(std::back_inserter(out), ", \"code\": {}", outcome.code);
  }
  if (outcome.kind != Outcome::Kind::kForward) {
    append_member(out, "flags", outcome.flags);
    append_member(out, "details", outcome.details);
  }
  append_member(out, "cluster", outcome.cluster);
  append_member(out, "route", outcome.route);
  append_member(out, "virtual_host", outcome.virtual_host);
  if (outcome.kind == Outcome::Kind::kReply) append_member(out, "location", outcome.location);
  if (outcome.kind == Outcome::Kind::kForward) {
    out += ", \"endpoints\": ";
    if (outcome.endpoints == nullptr) {
      out += "null";
    } else {
      out += '[';
      bool first = true;
      for (const std::string& endpoint : *outcome.endpoints) {
        if (!first) out += ", ";
        first = false;
        append_json_string(out, endpoint);
      }
      out += ']';
    }
  }
  if (!outcome.certain) {
    out += ", \"certainty\": \"unknown\"";
    append_member(out, "reason", outcome.reason);
  }
  out += '}';
}

Json text_or_null(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json(nullptr);
}

Json evidence_json(const Evidence& evidence) {
  if (!evidence) return nullptr;
  return {{"file", evidence.file}, {"pointer", evidence.pointer}, {"line", evidence.line}};
}

Json outcome_json(const Outcome& outcome, const TraceResult& result) {
  const bool reply = outcome.kind == Outcome::Kind::kReply;
  const bool forward = outcome.kind == Outcome::Kind::kForward;
  Json out{{"share", outcome.share}, {"kind", kind_name(outcome.kind)}};
  out["code"] = reply ? Json(outcome.code) : Json(nullptr);
  out["flags"] = forward ? Json(nullptr) : Json(outcome.flags);
  out["details"] = forward ? Json(nullptr) : Json(outcome.details);
  out["cluster"] = text_or_null(outcome.cluster);
  out["route"] = text_or_null(outcome.route);
  out["virtual_host"] = text_or_null(outcome.virtual_host);
  out["location"] = text_or_null(outcome.location);
  out["endpoints"] = outcome.endpoints == nullptr ? Json(nullptr) : Json(*outcome.endpoints);
  out["certainty"] = outcome.certain ? "certain" : "unknown";
  out["reason"] = outcome.reason.empty() ? Json(nullptr) : Json(outcome.reason);
  const std::string next = advice(outcome, result);
  out["next"] = next.empty() ? Json(nullptr) : Json(next);
  return out;
}

Json step_json(const Step& step) {
  Json passed = Json::array();
  for (const Alternative& other : step.passed_over) {
    passed.push_back({{"what", other.what},
                      {"reason", other.reason},
                      {"evidence", evidence_json(other.evidence)}});
  }
  return {{"stage", stage_name(step.stage)},
          {"chosen", step.chosen.empty() ? Json(nullptr) : Json(step.chosen)},
          {"reason", step.reason},
          {"evidence", evidence_json(step.evidence)},
          {"resource", step.resource.empty() ? Json(nullptr) : Json(step.resource)},
          {"passed_over", std::move(passed)},
          {"near_misses", step.near_misses},
          {"notes", step.notes}};
}

}  // namespace

void append_trace_line(std::string& out, std::string_view id, const TraceResult& result,
                       std::string_view proxy) {
  out += "{\"id\": ";
  out += id;
  if (!proxy.empty()) {
    out += ", \"proxy\": ";
    append_json_string(out, proxy);
  }
  out += ", \"outcomes\": [";
  bool first = true;
  for (const Outcome& outcome : result.outcomes) {
    if (!first) out += ", ";
    first = false;
    append_outcome(out, outcome);
  }
  out += "]}\n";
}

std::string trace_document(const TraceRequest& request, const TraceResult& result) {
  Json outcomes = Json::array();
  for (const Outcome& outcome : result.outcomes) {
    outcomes.push_back(outcome_json(outcome, result));
  }
  Json steps = Json::array();
  for (const Step& step : result.steps) steps.push_back(step_json(step));
  const Json document{
      {"schema_version", 1},
      {"request",
       {{"method", request.method}, {"authority", request.authority}, {"path", request.path}}},
      {"assumptions", result.assumptions},
      {"outcomes", std::move(outcomes)},
      {"steps", std::move(steps)}};
  return json_document(document);
}

}  // namespace xdscope::report
