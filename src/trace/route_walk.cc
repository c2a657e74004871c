// The walk through a virtual host's routes, and what each outcome comes to.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "trace/compiled_table.h"
#include "trace/random_set.h"
#include "trace/redirect.h"
#include "trace/tree_inputs.h"

namespace xdscope::trace {
namespace {

class Walk {
 public:
  Walk(const CompiledHost& host, const MatchInput& input, std::vector<PassedOver>* passed_over)
      : host_(host), input_(input), passed_over_(passed_over), left_(input.options.random_value) {}

  std::vector<RouteOutcome> run() {
    const RouteList list = routes_to_try(host_, input_.request);
    if (!list.unknown.empty()) doubt(list.unknown);
    if (list.routes != nullptr) {
      for (std::size_t i = 0; i < list.routes->size() && !left_.empty(); ++i) {
        try_route((*list.routes)[i], i);
      }
    }
    if (!left_.empty()) {
      RouteOutcome none = outcome(left_);
      none.code = 404;
      none.flags = "NR";
      none.details = "route_not_found";
      outcomes_.push_back(std::move(none));
    }
    std::ranges::stable_sort(outcomes_, std::greater<>(), &RouteOutcome::share);
    return std::move(outcomes_);
  }

 private:
  void doubt(std::string reason) {
    certain_ = false;
    if (reason_.empty()) reason_ = std::move(reason);
  }

  RouteOutcome outcome(const RandomSet& set) const {
    RouteOutcome out;
    out.share = set.share();
    out.certain = certain_;
    out.unknown_reason = reason_;
    out.virtual_host = host_.host;
    return out;
  }

  void pass_over(const RouteCriteria& route, std::size_t position, std::string reason,
                 json::Value source) {
    if (passed_over_ == nullptr) return;
    passed_over_->push_back({&route.route(), position, std::move(reason), source});
  }

  void try_route(const RouteCriteria& route, std::size_t position) {
    const Verdict match = route.matches(input_);
    if (match == Verdict::kNo) {
      if (passed_over_ == nullptr) return;
      auto failures = route.failures(input_);
      if (failures.empty()) return;
      pass_over(route, position, std::move(failures.front().reason), failures.front().source);
      return;
    }
    RandomSet taken = left_;
    RandomSet rest = left_.with(1, 0, 0);
    if (const auto& fraction = route.route().match.runtime_fraction) {
      split(route, position, *fraction, taken, rest);
      if (taken.empty()) return;
    }
    if (match == Verdict::kYes) {
      take(route.route(), route, taken);
      left_ = rest;
      return;
    }
    const bool certain_before = certain_;
    doubt(route.unknown(input_));
    take(route.route(), route, taken);
    // The rest of the walk is what happens where the unknown criterion does not hold.
    if (certain_before)
      pass_over(route, position, "cannot be told: " + reason_, route.route().source);
  }

  void split(const RouteCriteria& route, std::size_t position, const RuntimeFraction& fraction,
             RandomSet& taken, RandomSet& rest) {
    FractionalPercent percent = fraction.default_value;
    if (input_.options.runtime != nullptr) {
      percent = input_.options.runtime->fraction(fraction.key, percent);
    }
    taken = left_.with(percent.denominator, 0, percent.numerator);
    rest = left_.with(percent.denominator, percent.numerator, percent.denominator);
    if (percent.numerator >= percent.denominator) return;
    pass_over(route, position,
              fmt::format("runtime_fraction {}: matches {} of {} requests", fraction.key,
                          percent.numerator, percent.denominator),
              fraction.source);
  }

  void take(const Route& route, const RouteCriteria& criteria, const RandomSet& set) {
    RouteOutcome out = outcome(set);
    out.route = &route;
    switch (route.action) {
      case Route::Action::kRedirect:
        out.kind = RouteOutcome::Kind::kRedirect;
        out.code = route.redirect.code;
        out.details = "direct_response";
        out.location = redirect_location(route, input_.request, criteria.redirect_regex());
        break;
      case Route::Action::kDirectResponse:
        out.kind = RouteOutcome::Kind::kDirectResponse;
        out.code = route.direct_response.status;
        out.details = "direct_response";
        if (out.code == 201 || out.code / 100 == 3) out.location = request_uri(input_.request);
        break;
      case Route::Action::kRoute:
        forward(route, std::move(out), set);
        return;
      case Route::Action::kNone:
      case Route::Action::kFilterAction:
      case Route::Action::kNonForwarding:
        // Routed to a cluster without a name.
        out.kind = RouteOutcome::Kind::kForward;
        break;
    }
    outcomes_.push_back(std::move(out));
  }

  void forward(const Route& route, RouteOutcome out, const RandomSet& set) {
    out.kind = RouteOutcome::Kind::kForward;
    switch (route.route.target) {
      case RouteAction::Target::kCluster:
        out.cluster = route.route.cluster;
        break;
      case RouteAction::Target::kClusterHeader:
        out.cluster = header_value(route.route.cluster_header);
        break;
      case RouteAction::Target::kWeighted:
        weighted(route.route, out, set);
        return;
      case RouteAction::Target::kPlugin:
        out.certain = false;
        out.unknown_reason = "the cluster is chosen by a cluster specifier plugin";
        break;
      case RouteAction::Target::kNone:
        break;
    }
    outcomes_.push_back(std::move(out));
  }

  std::string_view header_value(std::string_view name) const {
    const std::string* value = input_.request.first(to_lower(name));
    return value != nullptr ? std::string_view(*value) : std::string_view();
  }

  std::uint64_t weight_of(const RouteAction& action, const WeightedCluster& entry) const {
    const std::string_view prefix = action.source["weighted_clusters"]["runtime_key_prefix"].text();
    if (prefix.empty() || input_.options.runtime == nullptr) return entry.weight;
    return input_.options.runtime->integer(fmt::format("{}.{}", prefix, entry.name))
        .value_or(entry.weight);
  }

  // The number that is drawn by, where it is not the stream's random one.
  std::optional<std::uint64_t> drawn_number(const RouteAction& action, bool& unknown) const {
    if (!action.weight_header.empty()) {
      const auto values = input_.request.values(to_lower(action.weight_header));
      if (values.size() == 1) {
        // absl::SimpleAtoi: a sign may stand in front.
        const std::string_view text = values[0].substr(values[0].starts_with('+') ? 1 : 0);
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error == std::errc() && end == text.data() + text.size()) return number;
      }
    } else if (action.source["weighted_clusters"]["use_hash_policy"].boolean_or(false)) {
      unknown = true;
    }
    return std::nullopt;
  }

  void weighted(const RouteAction& action, const RouteOutcome& base, const RandomSet& set) {
    std::uint64_t total = 0;
    for (const WeightedCluster& entry : action.weighted_clusters) total += weight_of(action, entry);
    if (total == 0) {
      outcomes_.push_back(base);
      return;
    }
    bool hashed = false;
    const auto number = drawn_number(action, hashed);
    std::uint64_t begin = 0;
    for (const WeightedCluster& entry : action.weighted_clusters) {
      const std::uint64_t end = begin + weight_of(action, entry);
      RouteOutcome out = base;
      if (number) {
        if (*number % total < begin || *number % total >= end) out.share = 0;
      } else if (hashed) {
        out.share *= static_cast<double>(end - begin) / static_cast<double>(total);
        out.certain = false;
        out.unknown_reason = "the weighted cluster is drawn by a hash of the request";
      } else {
        out.share = set.with(total, begin, end).share();
      }
      begin = end;
      if (out.share <= 0) continue;
      out.weighted = &entry;
      out.cluster = entry.name.empty() ? header_value(entry.cluster_header) : entry.name;
      outcomes_.push_back(std::move(out));
    }
  }

  const CompiledHost& host_;
  const MatchInput& input_;
  std::vector<PassedOver>* passed_over_;
  RandomSet left_;
  bool certain_ = true;
  std::string reason_;
  std::vector<RouteOutcome> outcomes_;
};

}  // namespace

RouteList routes_to_try(const CompiledHost& host, const HttpRequest& request) {
  if (!host.host->matcher) return {&host.routes, {}};
  const TreeResult found = evaluate_matcher_tree(host.host->matcher, [&](const Extension& input) {
    return request_tree_input(input, request);
  });
  if (found.matched == Verdict::kUnknown) return {nullptr, found.unknown};
  if (found.matched == Verdict::kNo) return {};
  const auto action = host.actions.find(decode_extension(found.action).config.offset());
  if (action == host.actions.end()) return {};
  return {&action->second, {}};
}

std::vector<RouteOutcome> walk_routes(const CompiledHost& host, const MatchInput& input,
                                      std::vector<PassedOver>* passed_over) {
  return Walk(host, input, passed_over).run();
}

}  // namespace xdscope::trace
