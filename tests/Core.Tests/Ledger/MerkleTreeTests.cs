using System.Security.Cryptography;
using FieldCrm.Core.Ledger;

namespace FieldCrm.Core.Tests.Ledger;

public sealed class MerkleTreeTests
{
    [Fact]
    public void Given_no_leaf_When_rooted_Then_hash_of_nothing() =>
        Assert.Equal(
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            Convert.ToHexStringLower(new MerkleTree().Root()));

    [Fact]
    public void Given_one_empty_leaf_When_rooted_Then_leaf_prefix_is_hashed()
    {
        var tree = new MerkleTree();
        tree.Add([]);
        Assert.Equal(
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", Convert.ToHexStringLower(tree.Root()));
    }

    [Fact]
    public void Given_any_number_of_leaves_When_streamed_Then_root_is_the_rfc_definition()
    {
        var leaves = new List<byte[]>();
        var tree = new MerkleTree();
        for (var count = 0; count <= 130; count++)
        {
            Assert.Equal(Definition(leaves), tree.Root());
            var leaf = BitConverter.GetBytes(count * 7919);
            leaves.Add(leaf);
            tree.Add(leaf);
        }
    }

    [Fact]
    public void Given_a_node_s_two_hashes_as_a_leaf_When_rooted_Then_another_root()
    {
        var two = new MerkleTree();
        two.Add([1]);
        two.Add([2]);
        var forged = new MerkleTree();
        forged.Add([.. SHA256.HashData([0, 1]), .. SHA256.HashData([0, 2])]);
        Assert.NotEqual(two.Root(), forged.Root());
    }

    /// <summary>RFC 6962, section 2.1, word for word.</summary>
    private static byte[] Definition(List<byte[]> leaves)
    {
        if (leaves.Count == 0)
            return SHA256.HashData([]);
        if (leaves.Count == 1)
            return SHA256.HashData([0, .. leaves[0]]);
        var k = 1;
        while (k * 2 < leaves.Count)
            k *= 2;
        return SHA256.HashData([1, .. Definition(leaves[..k]), .. Definition(leaves[k..])]);
    }
}
