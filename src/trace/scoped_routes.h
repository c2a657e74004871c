// Route configurations chosen by a key that is made of request headers
// (envoy: source/common/router/scoped_config_impl.cc).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/request.h"
#include "xdscope/index.h"

namespace xdscope::trace {

class ScopedRoutes {
 public:
  // `config` is HttpConnectionManager.scoped_routes.
  ScopedRoutes(json::Value config, const Index& index);

  struct Choice {
    std::string_view route_config;  // the name of the RouteConfiguration; "" for none
    json::Value inline_config;      // ScopedRouteConfiguration.route_configuration
    std::string why;
    json::Value source;
  };
  Choice choose(const HttpRequest& request) const;

 private:
  struct Scope {
    std::vector<std::string_view> key;
    json::Value config;
  };
  void add(json::Value scope);
  std::optional<std::string> fragment(json::Value builder, const HttpRequest& request) const;

  json::Value config_;
  std::vector<Scope> scopes_;
};

}  // namespace xdscope::trace
