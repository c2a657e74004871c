#include "trace/http_end.h"

namespace xdscope::trace {
namespace {

void append_sentence(std::string& text, std::string_view more) {
  if (!text.empty()) text += "; ";
  text += more;
}

}  // namespace

Outcome outcome_of(const HttpContext& context, const RouteOutcome& route, const Path& path) {
  Outcome outcome;
  outcome.share = path.share;
  outcome.certain = path.certain;
  outcome.reason = path.reason;
  if (route.virtual_host != nullptr) outcome.virtual_host = std::string(route.virtual_host->name);
  if (route.route != nullptr && !route.route->name.empty()) {
    outcome.route = std::string(route.route->name);
  }
  // The access log names the route's cluster as soon as the route is known, if it exists.
  if (route.kind == RouteOutcome::Kind::kForward &&
      context.run.compiled.index.find_cluster(route.cluster) != nullptr) {
    outcome.cluster = std::string(route.cluster);
  }
  return outcome;
}

void send_reply(const HttpContext& context, const HttpRequest& given, const RouteOutcome& route,
                const Path& path, FilterReply answer) {
  Outcome outcome = outcome_of(context, route, path);
  outcome.kind = Outcome::Kind::kReply;
  // What the codec refuses is answered without a look at the request, and gets its flag later.
  static const HttpRequest kNothing{"", "", "", "", {}};
  const bool by_codec = answer.flags == "DPE";
  const HttpRequest& request = by_codec ? kNothing : given;
  const LocalReply::Rewritten rewritten = context.plan.local_reply.rewrite(
      request, answer.code, by_codec ? std::string_view("-") : answer.flags, answer.details);
  // Local replies to gRPC are HTTP 200 with a grpc-status; what filters make of the request does
  // not count.
  outcome.code = !by_codec && context.run.request.is_grpc() ? 200 : rewritten.code;
  outcome.flags = std::move(answer.flags);
  outcome.details = std::move(answer.details);
  outcome.location = std::move(answer.location);
  if (path.certain) outcome.reason = std::move(answer.why);
  if (!rewritten.why.empty()) append_sentence(outcome.reason, rewritten.why);
  if (!rewritten.unknown.empty()) {
    append_sentence(outcome.reason, rewritten.unknown);
    outcome.certain = false;
  }
  add_outcome(context.run, std::move(outcome));
}

}  // namespace xdscope::trace
