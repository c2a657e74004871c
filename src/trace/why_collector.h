// Gathers cases by cause while the configuration is walked.
#pragma once

#include <string>
#include <string_view>

#include "trace/why.h"

namespace xdscope::trace {

enum class Cause {
  kMissingRouteConfig,
  kRejectedListener,
  kMissingSecret,
  kEmptyVirtualHost,
  kMissingCluster,
  kNoHealthyEndpoint,
  kZeroLimit,
  kFault,
  kUnknownHost,
  kNoDefaultRoute,
  kPortInHost,
  kDirectResponse,
  kBlockAll,
  kAllowAny,
  kRedirect,
  kAuthorization,
  kAuthentication,
  kExternalAuthorization,
  kRateLimit,
  kMissingFilterConfig,
  kNoFilterChain,
  kCount,
};

class WhyCollector {
 public:
  WhyCollector(const Index& from, const StatusQuery& query);

  // Keeps the case where it answers the query; `at` is its evidence.
  void add(Cause cause, WhyCase found, json::Value at);
  // As add(), for what is no answer of this proxy but leads to that status in its clients' eyes.
  void add_related(Cause cause, WhyCase found, json::Value at,
                   std::initializer_list<std::uint32_t> codes,
                   std::initializer_list<std::string_view> flags);
  bool wants(std::uint32_t code, std::string_view flag) const;
  void not_evaluated(std::string reason);
  WhyReport finish();

  const Index& index;

  // Near misses are looked for among all clusters: for so many cases.
  bool wants_near_misses() {
    if (near_misses_left_ == 0) return false;
    --near_misses_left_;
    return true;
  }

 private:
  struct Place {
    json::Value at;
    std::size_t cause = 0;
    std::size_t index = 0;
  };
  void keep(Cause cause, WhyCase found, json::Value at);
  void locate_all();

  const StatusQuery& query_;
  std::vector<Place> places_;
  std::size_t near_misses_left_ = 100;
  std::vector<WhyCause> causes_;
  std::vector<std::string> not_evaluated_;
};

// The walks, each over one part of the configuration.
void collect_listeners(WhyCollector& out);
void collect_routes(WhyCollector& out);
void collect_filters(WhyCollector& out);

}  // namespace xdscope::trace
