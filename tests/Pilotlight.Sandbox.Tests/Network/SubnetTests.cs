namespace Pilotlight.Sandbox.Tests;

public class SubnetTests
{
    [Fact]
    public void An_instance_wants_the_same_subnet_every_time_and_others_want_others()
    {
        Assert.Equal(Subnet.Choose("abc", []), Subnet.Choose("abc", []));
        Assert.NotEqual(Subnet.Choose("abc", []), Subnet.Choose("abd", []));
        Assert.True(Network("100.64.0.0", 10).Overlaps(Subnet.Choose("abc", [])));
    }

    [Fact]
    public void What_is_routed_already_is_avoided()
    {
        var first = Subnet.Choose("abc", []);
        var inside = new Subnet(first.Network + 77, 32);

        Assert.False(Subnet.Choose("abc", [first]).Overlaps(first));
        Assert.False(Subnet.Choose("abc", [inside]).Overlaps(inside));
        Assert.True(Network("10.0.0.0", 8).Overlaps(Subnet.Choose("abc", [Network("100.64.0.0", 10)])));
    }

    [Fact]
    public void Where_everything_is_routed_there_is_none() =>
        Assert.Throws<SandboxException>(() => Subnet.Choose("abc", [Network("100.0.0.0", 8), Network("10.0.0.0", 8)]));

    [Fact]
    public void Addresses_are_all_but_the_first_two_and_the_last()
    {
        Assert.Equal(["192.168.0.2", "192.168.0.3", "192.168.0.4", "192.168.0.5", "192.168.0.6"], Network("192.168.0.0", 29).Hosts.Select(Subnet.Format));
    }

    [Fact]
    public void The_address_given_back_longest_ago_is_given_out_next()
    {
        var pool = new AddressPool(Network("192.168.0.0", 29));
        uint[] all = [pool.Rent(), pool.Rent(), pool.Rent(), pool.Rent(), pool.Rent()];
        Assert.Equal(5, all.Distinct().Count());
        Assert.Throws<SandboxException>(() => pool.Rent());

        pool.Return(all[3]);
        pool.Return(all[1]);

        Assert.Equal(all[3], pool.Rent());
        Assert.Equal(all[1], pool.Rent());
    }

    [Fact]
    public void Name_servers_are_found_in_whatever_resolv_conf_says()
    {
        string[] lines = ["# nameserver 1.1.1.1", "nameserver\t8.8.8.8", "nameserver", "nameserver fe80::1", "nameserver not-one", "", "search x", "  nameserver 9.9.9.9 x"];

        Assert.Equal(["8.8.8.8/32", "9.9.9.9/32"], Subnet.FindNameServers(lines).Select(subnet => subnet.ToString()));
    }

    [Fact]
    public void Chains_of_others_that_drop_what_is_forwarded_are_found()
    {
        const string listing = """
            table ip filter {
            	chain INPUT {
            		type filter hook input priority filter; policy drop;
            	}
            	chain FORWARD {
            		type filter hook forward priority filter; policy drop;
            	}
            	chain DOCKER {
            	}
            }
            table ip6 filter {
            	chain FORWARD {
            		type filter hook forward priority filter; policy drop;
            	}
            }
            table inet other {
            	chain forward {
            		type filter hook forward priority filter; policy accept;
            	}
            }
            """;

        Assert.Equal(["ip filter FORWARD"], Firewall.ParseHostileChains(listing));
        Assert.Empty(Firewall.ParseHostileChains(""));
        Assert.Empty(Firewall.ParseHostileChains("type filter hook forward priority filter; policy drop;"));
    }

    [Theory]
    [InlineData("eth0", true)]
    [InlineData("wlp3s0.100", true)]
    [InlineData("veth*", false)]
    [InlineData("a\"b", false)]
    [InlineData("a;b", false)]
    public void Names_that_nftables_would_read_otherwise_stay_out_of_its_rules(string link, bool isPlain) =>
        Assert.Equal(isPlain, Forwarding.IsPlain(link));

    static Subnet Network(string address, int prefixLength) => new(Subnet.Parse(address), prefixLength);
}
