// What a route configuration does with a request: virtual host, route, cluster
// (envoy: source/common/router/config_impl.cc).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/request.h"
#include "trace/runtime.h"
#include "trace/verdict.h"
#include "xdscope/model/route.h"
#include "xdscope/snapshot.h"

namespace xdscope::trace {

// One piece of dynamic metadata on the stream, for matchers that look at it.
struct StreamMetadata {
  std::string_view namespace_;
  json::Value value;  // a Struct
  bool allow_overwrite = false;
};

// What is known beyond the request itself. What is left empty is unknown, not false.
struct ResolveOptions {
  // Collect the routes passed over and the near misses; costs far more than the decision.
  bool explain = false;
  // Envoy's per-stream random number. Absent: every branch is an outcome with its share.
  std::optional<std::uint64_t> random_value;
  const Runtime* runtime = nullptr;  // nullptr: the defaults in the configuration
  const std::vector<StreamMetadata>* dynamic_metadata = nullptr;
  bool filter_state_empty = false;     // otherwise unknown
  bool on_demand = false;              // virtual hosts that are not there may be asked for (VHDS)
  std::optional<bool> downstream_tls;  // for tls_context; false decides it
  std::optional<bool> client_certificate_presented;  // for tls_context
  std::optional<bool> client_certificate_validated;  // for tls_context
};

// One of the things that can happen to the request.
struct RouteOutcome {
  enum class Kind {
    kForward,         // to `cluster`
    kRedirect,        // `code` and `location`; also require_tls
    kDirectResponse,  // `code`
    kNoRoute,         // 404 NR route_not_found
  };
  Kind kind = Kind::kNoRoute;
  // The probability of this outcome; the shares of all certain outcomes of a decision add up to 1.
  // For an outcome that is not certain: its share, given that the unknown criteria hold as assumed.
  double share = 1;
  bool certain = true;
  std::string unknown_reason;  // why it is not certain; one sentence part, without a full stop

  const VirtualHost* virtual_host = nullptr;
  const Route* route = nullptr;               // nullptr for no route and for require_tls
  const WeightedCluster* weighted = nullptr;  // the entry of weighted_clusters that was drawn
  // The name of the cluster, which may not exist; "" where a cluster_header is missing or the route
  // has none (Envoy: 503 NC). Lives as long as the dump and the request.
  std::string_view cluster;
  std::uint32_t code = 0;        // what Envoy itself answers; 0 for kForward
  std::string_view flags = "-";  // RESPONSE_FLAGS
  std::string_view details;      // RESPONSE_CODE_DETAILS: "route_not_found", "direct_response"
  std::optional<std::string> location;  // for redirects, and direct responses of 201 and 3xx
};

// A route (or virtual host) that was not taken, and the first criterion that failed.
struct PassedOver {
  const Route* route = nullptr;
  std::size_t position = 0;  // in the virtual host's list, from 0
  std::string reason;        // "path '/b' does not begin with '/a'"
  json::Value source;        // the criterion
};

// What would have had to be different for another result.
struct NearMiss {
  enum class Kind {
    kHostPort,  // the Host's port is in the way, or missing
    kHostTrailingDot,
    kHostApex,  // *.x does not match x
    kHostSpelling,
    kHostOther,
    kPathCase,
    kPathTrailingSlash,
    kPathOther,
    kMethod,
    kHeader,
    kQueryParameter,
    kShadowed,   // an earlier route takes what a later, narrower one names
    kCriterion,  // any other criterion
  };
  Kind kind = Kind::kCriterion;
  std::string text;       // one sentence: what nearly matched and what would have to change
  unsigned distance = 0;  // how much would have to change; the list is sorted by it
  const VirtualHost* virtual_host = nullptr;
  const Route* route = nullptr;
  json::Value source;
};

struct RouteDecision {
  // nullptr: no virtual host has a domain for the host.
  const VirtualHost* virtual_host = nullptr;
  std::string_view domain;  // the one that matched, as written
  json::Value domain_source;
  std::string host;  // what was looked up: lower case, port cut where the config says so
  // "domain '*.b.com' of virtual host 'x'", or why there is none; explain only.
  std::string virtual_host_reason;
  // Never empty, most likely first. More than one only where chance decides or the dump cannot
  // tell.
  std::vector<RouteOutcome> outcomes;
  std::vector<PassedOver> passed_over;  // explain only; in the order of evaluation
  std::vector<NearMiss> near_misses;    // explain only; nearest first
};

// A route configuration made ready for many requests. The configuration must outlive the table.
// resolve() may be called by several threads at once.
class RouteTable {
 public:
  // `envoy` decides what differs between releases; where it is unknown and the releases differ on a
  // request, the outcome is unknown.
  // So does the `runtime` of features that it turns off.
  RouteTable(const RouteConfig& config, Version envoy, const Runtime* runtime = nullptr);
  ~RouteTable();
  RouteTable(RouteTable&&) noexcept;
  RouteTable& operator=(RouteTable&&) noexcept;

  // The request must have passed the connection manager: normalised path and host,
  // x-forwarded-proto set (without it Envoy finds no route).
  RouteDecision resolve(const HttpRequest& request, const ResolveOptions& options = {}) const;

  const RouteConfig& config() const;
  Version envoy() const;
  // Reasons for which Envoy would have refused the configuration (duplicate domains, expressions
  // that RE2 refuses, …).
  const std::vector<Problem>& problems() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace xdscope::trace
