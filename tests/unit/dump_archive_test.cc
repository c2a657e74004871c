// Collections of other programs, laid out as they are.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "support/catch.h"
#include "support/tar.h"
#include "xdscope/load.h"

using namespace xdscope;
using namespace xdscope::testing;

namespace {

std::string dump_of(const std::string& pod, const std::string& cluster) {
  return R"({"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump",
    "bootstrap": {"node": {"id": "sidecar~1.1.1.1~)" +
         pod + ".shop~shop.svc.cluster.local" +
         R"("}}}, {"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
    "dynamic_active_clusters": [{"cluster": {"name": ")" +
         cluster + R"("}}]}]})";
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& bytes)
      : path_(std::filesystem::temp_directory_path() /
              ("xdscope-archive-" + std::to_string(getpid()) + ".tar.gz")) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

auto load(const std::string& bytes, const LoadLimits& limits = {}) {
  const TemporaryFile file(bytes);
  const std::vector<std::string> paths{file.path()};
  return load_files(paths, limits);
}

}  // namespace

TEST_CASE("istioctl bug-report: every proxy of proxies/NAMESPACE/POD") {
  const std::string clusters = R"({"cluster_statuses": [{"name": "c1"}]})";
  const auto snapshots = load(gzip(
      tar_file("bug-report/analyze/all/analyze", "no issues\n") +
      tar_file("bug-report/cluster/k8s-resources", "apiVersion: v1\nkind: List\n") +
      tar_file("bug-report/istio/istio-system/istiod-1/discovery.log", "info\tstarted: [a\n") +
      tar_file("bug-report/proxies/shop/a-1/config_dump?include_eds", dump_of("a-1", "c1")) +
      tar_file("bug-report/proxies/shop/a-1/clusters",
               "c1::default_priority::max_connections::1\n") +
      tar_file("bug-report/proxies/shop/a-1/certs", R"({"certificates": []})") +
      tar_file("bug-report/proxies/shop/a-1/stats/prometheus", "# TYPE x counter\nx{} 1\n") +
      tar_file("bug-report/proxies/shop/b-1/config_dump?include_eds", dump_of("b-1", "c2")) +
      tar_file("bug-report/proxies/shop/b-1/istio-proxy.log", "warning envoy: {") + tar_end()));
  REQUIRE(snapshots);
  REQUIRE(snapshots->size() == 2);
  CHECK((*snapshots)[0]->name() == "a-1.shop");
  CHECK((*snapshots)[0]->resources(Section::kClusters).at(0).name == "c1");
  CHECK((*snapshots)[0]->has(Section::kCertificates));
  CHECK((*snapshots)[1]->name() == "b-1.shop");
  CHECK_FALSE((*snapshots)[1]->has(Section::kCertificates));
  // What else is in it is told in one line.
  REQUIRE((*snapshots)[0]->problems().size() == 1);
  CHECK_THAT((*snapshots)[0]->problems()[0].what, ContainsSubstring("6 files hold no Envoy"));
}

TEST_CASE("egctl collect: the dumps of a namespace in one folder") {
  const auto snapshots = load(gzip(
      tar_file("envoy-gateway-2026/config-dumps/shop/a-1.json", dump_of("a-1", "c1")) +
      tar_file("envoy-gateway-2026/config-dumps/shop/b-1.json", dump_of("b-1", "c2")) + tar_end()));
  REQUIRE(snapshots);
  REQUIRE(snapshots->size() == 2);
  CHECK((*snapshots)[1]->resources(Section::kClusters).at(0).name == "c2");
}

TEST_CASE("a broken dump in an archive is named, a hostile archive is refused") {
  const auto snapshots = load(tar_file("p/a/config_dump.json", dump_of("a-1", "c1")) +
                              tar_file("p/b/config_dump.json", R"({"configs": [)") + tar_end());
  REQUIRE(snapshots);
  REQUIRE(snapshots->size() == 1);
  REQUIRE((*snapshots)[0]->problems().size() == 1);
  CHECK_THAT((*snapshots)[0]->problems()[0].where, ContainsSubstring(":p/b/config_dump.json"));
  const auto up = load(tar_file("p/a/config_dump.json", dump_of("a-1", "c1")) +
                       tar_file("../up", "x") + tar_end());
  REQUIRE_FALSE(up);
  CHECK(up.error().code == ErrorCode::kInput);
  CHECK_FALSE(
      load(tar_file("a/x.json", gzip(std::string(4u << 20, ' '))) + tar_end(), {1u << 20, 10}));
  CHECK_THAT(load(tar_file("a/readme", "text") + tar_end()).error().message,
             ContainsSubstring("no file"));
}

TEST_CASE("a folder that does not say whose it is belongs to the proxy above it") {
  const std::string anonymous = R"({"configs": [{
    "@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump.DynamicCluster",
    "cluster": {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "c9"}}]})";
  const auto one = load(tar_file("p/a/config_dump.json", dump_of("a-1", "c1")) +
                        tar_file("p/a/resource/clusters.json", anonymous) + tar_end());
  REQUIRE(one);
  REQUIRE(one->size() == 1);
  CHECK((*one)[0]->name() == "a-1.shop");
  CHECK((*one)[0]->resources(Section::kClusters).size() == 2);
  // Where several stand above it, it could be anyone's.
  const auto two =
      load(tar_file("p/a.json", dump_of("a-1", "c1")) + tar_file("p/b.json", dump_of("b-1", "c2")) +
           tar_file("p/resource/clusters.json", anonymous) + tar_end());
  REQUIRE(two);
  CHECK(two->size() == 3);
}
