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

  // Keeps the case where it answers the query.
  void add(Cause cause, WhyCase found);
  // As add(), for what is no answer of this proxy but leads to that status in its clients' eyes.
  void add_related(Cause cause, WhyCase found, std::initializer_list<std::uint32_t> codes,
                   std::initializer_list<std::string_view> flags);
  bool wants(std::uint32_t code, std::string_view flag) const;
  void not_evaluated(std::string reason);
  WhyReport finish();

  const Index& index;

 private:
  const StatusQuery& query_;
  std::vector<WhyCause> causes_;
  std::vector<std::string> not_evaluated_;
};

// The walks, each over one part of the configuration.
void collect_listeners(WhyCollector& out);
void collect_routes(WhyCollector& out);
void collect_filters(WhyCollector& out);

}  // namespace xdscope::trace
