// One trace under way.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "trace/compiled.h"
#include "xdscope/trace.h"

namespace xdscope::trace {

struct Run {
  Compiled& compiled;
  TraceResult& result;
  Connection connection;
  HttpRequest request;
  bool steps_wanted = false;
  std::string sni = {};  // what connection.sni refers to
  // The resources that the outcomes rest on: listeners and the route configuration.
  std::vector<json::Value> used = {};
  int internal_hops = 0;

  std::vector<Step>* steps() { return steps_wanted ? &result.steps : nullptr; }
  void add(Step step) {
    if (steps_wanted) result.steps.push_back(std::move(step));
  }
};

// How sure it is that the request gets to a point, and how often.
struct Path {
  double share = 1;
  bool certain = true;
  std::string reason;  // why not certain

  void doubt(std::string_view why) {
    certain = false;
    if (!reason.empty()) reason += "; ";
    reason += why;
  }
};

// Adds an outcome, or its share to one that is the same.
void add_outcome(Run& run, Outcome outcome);
// Where it is not known what happens: path.reason says why.
Outcome unknown_outcome(const Path& path);
Outcome close_outcome(const Path& path, std::string flags, std::string details,
                      const std::string& why);

// A listener's filters and the filter chain that takes the connection (trace.cc). `redirected`: the
// connection has an original destination that a listener filter may restore.
void run_listener(Run& run, const Listener& listener, bool redirected, Path path);
// What the internal listener that `end` leads to does with the request, as outcomes of their own:
// their shares add up to 1 (internal_hop.cc). `carries_bytes`: of the client's connection as it is,
// rather than a request of its own.
std::vector<Outcome> run_internal_hop(Run& run, const ClusterEnd& end, HttpRequest request,
                                      bool carries_bytes);
// The connection manager and everything behind it (http_stage.cc).
void run_http(Run& run, const HttpPlan& plan, Path path);
// tcp_proxy and its cluster (tcp_stage.cc).
void run_tcp(Run& run, const ChainPlan& plan, Path path);

// Fills the connection and the request from what the user gave; what is derived is said in
// TraceResult::assumptions. Fails where such a request cannot be sent.
Result<void> derive_request(const TraceRequest& given, Compiled& compiled, Run& run);

}  // namespace xdscope::trace
