// Tests of reading CPU quotas from files of the forms that the kernel documents.
#include "framework/core/cpu_quota.hpp"

#include "tests/data/temporary_folder.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(cpu_quota)

namespace {

// The files of a system as the kernel documents them, below a folder.
class System {
 public:
  System(const std::string& cgroups, const std::string& mounts) {
    write("proc/self/cgroup", cgroups);
    write("proc/self/mountinfo", mounts);
  }
  void write(const std::string& file, const std::string& text) const { folder_.write(file, text); }
  double quota() const { return cgroup_cpu_quota(folder_.path()).value_or(0); }

 private:
  test::TemporaryFolder folder_;
};

const std::string kUnified =
    "24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "31 24 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

}  // namespace

BOOST_AUTO_TEST_CASE(without_files_there_is_no_quota) {
  const test::TemporaryFolder empty;
  BOOST_TEST(!cgroup_cpu_quota(empty.path()).has_value());
  BOOST_TEST(System("0::/\n", kUnified).quota() == 0);
}

BOOST_AUTO_TEST_CASE(the_smallest_quota_on_the_way_up_counts) {
  const System system("0::/a.slice/b.service/c\n", kUnified);
  system.write("sys/fs/cgroup/a.slice/b.service/c/cpu.max", "max 100000\n");
  BOOST_TEST(system.quota() == 0);
  system.write("sys/fs/cgroup/a.slice/cpu.max", "250000 100000\n");
  BOOST_TEST(system.quota() == 2.5);
  system.write("sys/fs/cgroup/a.slice/b.service/cpu.max", "400000 100000\n");
  BOOST_TEST(system.quota() == 2.5);
  system.write("sys/fs/cgroup/a.slice/b.service/c/cpu.max", "75000 50000\n");
  BOOST_TEST(system.quota() == 1.5);
  // Not an ancestor.
  system.write("sys/fs/cgroup/other/cpu.max", "1000 100000\n");
  BOOST_TEST(system.quota() == 1.5);
}

BOOST_AUTO_TEST_CASE(a_container_sees_its_own_cgroup_at_the_mount) {
  // With its own namespace the path is "/". Without one, the mount shows only the cgroup.
  const System own("0::/\n", kUnified);
  own.write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  BOOST_TEST(own.quota() == 0.5);
  const System shown("0::/docker/abc\n",
                     "31 24 0:27 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
  shown.write("sys/fs/cgroup/cpu.max", "300000 100000\n");
  BOOST_TEST(shown.quota() == 3);
  // Outside the part that the mount shows.
  const System outside("0::/../../x\n", kUnified);
  outside.write("sys/fs/cgroup/cpu.max", "100000 100000\n");
  BOOST_TEST(outside.quota() == 1);
}

BOOST_AUTO_TEST_CASE(quotas_of_the_first_version_count_too) {
  const System system("4:memory:/elsewhere\n3:cpu,cpuacct:/docker/abc\n0::/\n",
                      "30 24 0:26 / /cg/memory rw - cgroup cgroup rw,memory\n"
                      "31 24 0:27 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
                      "32 24 0:28 / /cg/unified rw - cgroup2 cgroup2 rw\n");
  system.write("cg/cpu/cpu.cfs_quota_us", "-1\n");
  system.write("cg/cpu/cpu.cfs_period_us", "100000\n");
  BOOST_TEST(system.quota() == 0);
  system.write("cg/cpu/docker/abc/cpu.cfs_quota_us", "200000\n");
  system.write("cg/cpu/docker/abc/cpu.cfs_period_us", "100000\n");
  BOOST_TEST(system.quota() == 2);
  system.write("cg/memory/elsewhere/cpu.cfs_quota_us", "100\n");
  system.write("cg/memory/elsewhere/cpu.cfs_period_us", "100000\n");
  BOOST_TEST(system.quota() == 2);
}

BOOST_AUTO_TEST_CASE(files_of_another_form_are_no_quota) {
  const System system("nonsense\n0::/\n:\n", "short line\n" + kUnified);
  for (const char* text : {"", "\n", "100000\n", "abc 100000\n", "-1 100000\n", "100000 0\n"}) {
    system.write("sys/fs/cgroup/cpu.max", text);
    BOOST_TEST(system.quota() == 0, text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
