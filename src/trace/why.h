// Every way a proxy can answer a status, told from its configuration.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "xdscope/error.h"
#include "xdscope/index.h"

namespace xdscope::trace {

// "404", or a response flag such as "NR".
struct StatusQuery {
  std::uint32_t code = 0;  // 0: asked by flag
  std::string flag;
};
Result<StatusQuery> parse_status(std::string_view text);

// One place in the configuration that leads to the status.
struct WhyCase {
  std::string object;    // "route 'cart' of virtual host shop:80 (http.8080)"
  std::string what;      // what happens there, one sentence
  std::string resource;  // "VirtualService shop/cart"; "" where the dump names none
  Evidence evidence;
  std::uint32_t code = 0;  // 0: the connection is closed, or the request passes
  std::string flags = "-";
  bool passes = false;             // to where the status comes from
  std::vector<std::string> hints;  // near misses, nearest first
};

// Cases with the same root cause.
struct WhyCause {
  std::string_view id;      // "unbound-gateway-port"
  std::string_view title;   // for people
  std::string_view change;  // what mends it
  int rank = 0;             // 0 is the worst
  std::vector<WhyCase> cases;
};

struct WhyReport {
  std::vector<WhyCause> causes;            // worst first; none without cases
  std::vector<std::string> not_evaluated;  // what the dump does not tell, and what it hides
};

WhyReport explain_status(const Index& index, const StatusQuery& query);

}  // namespace xdscope::trace
