using System.Security.Cryptography;
using System.Text;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// The credential of whoever may read DIR: the command line's. 256 random bits in a file that only its owner can read;
/// the server makes it when it is missing. In memory only its hash stays.
/// </summary>
internal sealed class OperatorKey
{
    private const int Bytes = 32;

    private readonly byte[] _hash;

    private OperatorKey(string key) => _hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));

    public static OperatorKey ReadOrCreate(string path)
    {
        if (!File.Exists(path))
            Create(path);
        var key = File.ReadAllText(path).Trim();
        if (key.Length < Bytes)
            throw new InvalidDataException($"{path} holds no credential: delete it and start again to have one made.");
        return new OperatorKey(key);
    }

    /// <summary>In constant time.</summary>
    public bool Matches(string credential) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(credential)), _hash);

    private static void Create(string path) => PrivateFile.Write(
        path, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes))), owner: null);
}
