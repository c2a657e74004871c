// Lists the routes of a virtual host: what they match, and the cluster they lead to.
// usage: list_routes DUMP VIRTUAL_HOST
#include <iostream>
#include <string>
#include <vector>

#include <xdscope/index.h>
#include <xdscope/load.h>

namespace {

void print_route(const xdscope::Route& route) {
  std::cout << route.match.path.value << " -> ";
  switch (route.route.target) {
    case xdscope::RouteAction::Target::kCluster:
      std::cout << route.route.cluster;
      break;
    case xdscope::RouteAction::Target::kWeighted:
      for (const char* separator = ""; const auto& cluster : route.route.weighted_clusters) {
        std::cout << separator << cluster.weight << " x " << cluster.name;
        separator = ", ";
      }
      break;
    default:
      std::cout << "no cluster";
  }
  std::cout << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: list_routes DUMP VIRTUAL_HOST\n";
    return 2;
  }
  const auto snapshots = xdscope::load_files(std::vector<std::string>{argv[1]});
  if (!snapshots) {
    const xdscope::Error& error = snapshots.error();
    std::cerr << error.where << ": " << error.message << '\n';
    return 3;
  }
  int routes = 0;
  for (const auto& snapshot : *snapshots) {
    const xdscope::Index index(*snapshot);
    for (const auto& entry : index.route_configs()) {
      for (const auto& virtual_host : entry.config->virtual_hosts) {
        if (virtual_host.name != argv[2]) continue;
        for (const auto& route : virtual_host.routes) print_route(route);
        routes += static_cast<int>(virtual_host.routes.size());
      }
    }
  }
  return routes > 0 ? 0 : 1;
}
