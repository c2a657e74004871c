// What a proxy would do with one request, told from its configuration alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xdscope/error.h"
#include "xdscope/index.h"

namespace xdscope {

// A request as its client sends it. Empty and absent fields are derived; TraceResult::assumptions
// says how.
struct TraceRequest {
  enum class Direction { kUnspecified, kInbound, kOutbound };
  Direction direction = Direction::kUnspecified;
  // The address that the client connects to, before any redirection to the proxy.
  std::string destination;
  std::uint32_t port = 0;
  std::string source;  // the client's IP address
  std::uint32_t source_port = 0;
  // TLS or not; where absent: TLS with a `sni`, with the scheme https, or on port 8443.
  std::optional<bool> tls;
  std::optional<std::string> sni;
  std::vector<std::string> alpn;        // what the client offers, in its order
  std::optional<std::string> identity;  // the client certificate's URI: "spiffe://…"
  std::string method = "GET";
  std::string scheme;      // "http", "https"; empty: told by `tls`
  std::string authority;   // the Host header
  std::string path = "/";  // with the query, as on the wire
  std::vector<std::pair<std::string, std::string>> headers;
  std::string protocol = "HTTP/1.1";  // "HTTP/1.0", "HTTP/1.1", "HTTP/2"
};

// One end that a request can come to.
struct Outcome {
  enum class Kind { kForward, kReply, kClose };
  Kind kind = Kind::kClose;
  double share = 1;  // of the requests that are like this one; the shares of a result add up to 1
  std::uint32_t code = 0;   // kReply
  std::string flags = "-";  // RESPONSE_FLAGS; "-" for none
  std::string details;      // RESPONSE_CODE_DETAILS
  // Absent where Envoy's access log has none.
  std::optional<std::string> cluster;
  std::optional<std::string> route;
  std::optional<std::string> virtual_host;
  std::optional<std::string> location;  // of a redirect
  // Where a forwarded request goes; nullptr where the dump does not tell.
  std::shared_ptr<const std::vector<std::string>> endpoints;
  // False where the dump cannot tell whether this comes about; `reason` says what is not known.
  bool certain = true;
  std::string reason;
};

// The stages of a request, in their order.
enum class Stage {
  kListener,
  kListenerFilters,
  kFilterChain,
  kTls,
  kNetworkFilter,
  kConnectionManager,
  kRouteConfig,
  kVirtualHost,
  kRoute,
  kHttpFilter,
  kCluster,
  kEndpoints,
};
std::string_view stage_name(Stage stage);

// What was not chosen, and the first criterion that failed there.
struct Alternative {
  std::string what;
  std::string reason;
  Evidence evidence;
};

struct Step {
  Stage stage = Stage::kListener;
  std::string chosen;  // a name; empty where nothing was chosen
  std::string reason;  // by which field, or why nothing was
  Evidence evidence;
  std::string resource;  // "VirtualService shop/cart"; empty where the dump names none
  std::vector<Alternative> passed_over;
  std::vector<std::string> near_misses;  // least change first
  std::vector<std::string> notes;
};

struct TraceResult {
  std::vector<Outcome> outcomes;         // at least one
  std::vector<std::string> assumptions;  // what was derived rather than given
  std::vector<Step> steps;               // empty unless asked for
};

// How much of a trace is told: outcomes only is the fast way for many requests.
enum class Detail { kOutcomes, kSteps };

// The configuration of one proxy made ready for tracing: listeners, routes and filters are compiled
// when a request first reaches them. The index must outlive it. Not for several threads at once.
class Tracer {
 public:
  explicit Tracer(const Index& index);
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  // Fails where the request could not be sent at all (kUsage): no host, a bad method, control
  // characters, an address that is none.
  Result<TraceResult> trace(const TraceRequest& request, Detail detail = Detail::kSteps);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace xdscope
