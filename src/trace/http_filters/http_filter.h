// HTTP filters as far as their configuration decides about a request.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/connection.h"
#include "trace/request.h"
#include "trace/route_action.h"
#include "trace/route_table.h"
#include "trace/runtime.h"
#include "xdscope/index.h"

namespace xdscope::trace {

// What filters leave behind for those after them.
struct StreamState {
  std::vector<StreamMetadata> metadata;
  // Metadata namespaces that some filter may have written to, without it being known what.
  std::vector<std::string_view> unknown_metadata;
  // Keeps the documents alive that `metadata` points into.
  std::vector<std::shared_ptr<const void>> owned;
  // The request as filters have changed it; nullptr until one has.
  std::shared_ptr<const HttpRequest> request;
};

struct FilterInput {
  const HttpRequest& request;  // as the filters before left it
  const Connection& connection;
  const RouteConfig* route_config;  // nullptr: none
  const RouteOutcome& route;
  StreamState& stream;
};

// An answer that the filter sends in place of the upstream's.
struct FilterReply {
  std::uint32_t code = 0;
  std::string flags = "-";
  std::string details;
  double share = 1;     // of the requests that reach the filter
  bool certain = true;  // false: the dump cannot tell whether it is sent, and `share` is no number
  std::string why;
  std::optional<std::string> location = {};
};

struct FilterVerdict {
  std::vector<FilterReply> replies;  // those not answered go on
  std::string note;        // what the filter did, for people; "" for nothing worth telling
  std::string may_change;  // why the result is not certain: the filter may do anything
  bool reroute = false;    // the filter clears the route cache
  // The request for the filters after this one; nullptr where it stays as it is.
  std::shared_ptr<const HttpRequest> request = {};
  json::Value evidence;  // what decided
  std::string resource;  // the Kubernetes resource it comes from; "" where it is not told
};

// One filter of a chain. Made once, run for many requests.
class HttpFilter {
 public:
  virtual ~HttpFilter() = default;
  // With `explain`, fills in the words.
  virtual FilterVerdict run(FilterInput& input, bool explain) const = 0;
};

struct FilterSetup {
  const Extension& filter;  // with the configuration that ECDS delivered, where it did
  const Index& index;
  const Runtime& runtime;
  Version envoy;
};
using FilterFactory = std::unique_ptr<HttpFilter> (*)(const FilterSetup& setup);

std::unique_ptr<HttpFilter> make_rbac_filter(const FilterSetup& setup);
std::unique_ptr<HttpFilter> make_jwt_authn_filter(const FilterSetup& setup);
std::unique_ptr<HttpFilter> make_fault_filter(const FilterSetup& setup);
std::unique_ptr<HttpFilter> make_cors_filter(const FilterSetup& setup);
std::unique_ptr<HttpFilter> make_local_ratelimit_filter(const FilterSetup& setup);
std::unique_ptr<HttpFilter> make_ext_authz_filter(const FilterSetup& setup);
std::unique_ptr<HttpFilter> make_csrf_filter(const FilterSetup& setup);
std::unique_ptr<HttpFilter> make_health_check_filter(const FilterSetup& setup);
std::unique_ptr<HttpFilter> make_match_delegate_filter(const FilterSetup& setup);
std::unique_ptr<HttpFilter> make_set_metadata_filter(const FilterSetup& setup);
std::unique_ptr<HttpFilter> make_header_mutation_filter(const FilterSetup& setup);
std::unique_ptr<HttpFilter> make_grpc_web_filter(const FilterSetup& setup);

// A filter that may change the result, for that reason, in a way that is not known.
std::unique_ptr<HttpFilter> make_opaque_filter(std::string reason, json::Value source);
// Istio's own wasm filters of 1.5 to 1.17, built into the proxy; of connections and of requests.
bool is_builtin_wasm(const Extension& filter);

// An extension whose configuration comes by ECDS, as far as it has come.
Extension delivered(const Extension& filter, const Index& index, bool& undelivered);

// A compiled HTTP filter, with what the connection manager knows about it.
struct InstalledFilter {
  std::string_view name;
  std::string_view type;
  bool disabled = false;     // by default; a route may enable it
  bool router = false;       // terminal
  bool undelivered = false;  // ECDS has not delivered its configuration
  json::Value source;
  std::unique_ptr<HttpFilter> filter;  // nullptr: passes everything
};
InstalledFilter install_filter(const Extension& filter, const Index& index, const Runtime& runtime,
                               Version envoy);

// Whether the filter runs for the route: FilterConfig.disabled of the most specific level, else
// what the connection manager says.
bool runs_for(const InstalledFilter& filter, const FilterInput& input);

// The per-filter configuration of the most specific level, unwrapped from a FilterConfig; without a
// type where no level has one.
Extension route_config_of(std::string_view filter_name, const FilterInput& input);

}  // namespace xdscope::trace
