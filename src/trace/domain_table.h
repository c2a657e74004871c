// Virtual hosts by domain: exact names, then suffix wildcards, then prefix wildcards, the longest
// first, then `*` (envoy: source/common/router/config_impl.cc RouteMatcher::findVirtualHost).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "xdscope/model/route.h"
#include "xdscope/snapshot.h"

namespace xdscope::trace {

// A domain of a virtual host, both by their place in the configuration.
struct DomainMatch {
  std::size_t virtual_host = 0;
  std::size_t domain = 0;
};

class DomainTable {
 public:
  // Duplicate domains are added to `problems`: Envoy refuses such a configuration.
  DomainTable(const RouteConfig& config, std::vector<Problem>& problems);
  // `host` is lower case. nullptr where no domain matches.
  const DomainMatch* find(std::string_view host) const;
  // Only `*` is there: Envoy then does not look at the host at all.
  bool only_default() const {
    return default_ != nullptr && exact_.empty() && suffixes_.empty() && prefixes_.empty();
  }
  const DomainMatch* fallback() const { return default_.get(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Map = std::unordered_map<std::string, DomainMatch, Hash, std::equal_to<>>;
  struct Wildcards {
    std::size_t length = 0;  // of the text beside the `*`
    Map domains;
  };
  static Map& of_length(std::vector<Wildcards>& wildcards, std::size_t length);

  Map exact_;
  std::vector<Wildcards> suffixes_;  // longest first
  std::vector<Wildcards> prefixes_;
  std::unique_ptr<DomainMatch> default_;
};

}  // namespace xdscope::trace
