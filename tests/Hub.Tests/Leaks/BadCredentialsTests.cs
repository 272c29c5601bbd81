using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Identity;
using FieldCrm.TestKit;
using Npgsql;
using Xunit.Abstractions;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>10,000 credentials that are none, over real connections, in every place that takes one: all refused, nothing thrown, nothing kept.</summary>
[Collection(LeakCollection.Name)]
public sealed class BadCredentialsTests(LeakWorlds worlds, ITestOutputHelper output)
{
    private const int Seed = 20_261_122;
    private const int Count = 10_000;
    private const int PerAddress = 15; // wrong ones are limited for each address; that is asked below

    private InProcessServer Server => worlds.Server;

    private TenantWorld Ours => worlds.Amber;

    [Fact]
    public async Task Given_ten_thousand_bad_credentials_When_presented_everywhere_Then_none_is_taken_and_the_process_is_steady()
    {
        output.WriteLine($"seed {Seed}");
        var (bad, presenting) = await MaterialAsync();
        await StillGoodAsync(bad, presenting);
        var errors = Server.Log.Count(IsError);
        await PresentAsync(bad, presenting, 1_000, Seed + 1, PerAddress); // what is built once is built
        var stored = await TenantState.ReadAsync(Server, Ours.Id);
        var before = Footprint.Now();

        var (accepted, presented) = await PresentAsync(bad, presenting, Count, Seed, PerAddress);

        var after = Footprint.Now();
        output.WriteLine(string.Join('\n', presented.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Value,5} {p.Key}")));
        output.WriteLine($"before {before}\nafter  {after}");
        Assert.True(accepted.IsEmpty, $"seed {Seed}: {string.Join('\n', accepted.Take(10))}");
        Assert.Equal(Count, presented.Values.Sum());
        Assert.Equal(errors, Server.Log.Count(IsError));
        // Not a line for each.
        Assert.DoesNotContain(Server.Log, line => line.Contains("was not authenticated", StringComparison.Ordinal) || line.Contains("ntiforgery", StringComparison.Ordinal));
        Assert.True(after.ManagedBytes - before.ManagedBytes < 16 * 1024 * 1024, $"{before} {after}");
        Assert.True(after.ResidentBytes - before.ResidentBytes < 128 * 1024 * 1024, $"{before} {after}");
        Assert.True(after.Threads - before.Threads < 32 && after.Handles - before.Handles < 512, $"{before} {after}");
        Assert.Empty(TenantState.Difference(stored, await TenantState.ReadAsync(Server, Ours.Id)));
        await StillGoodAsync(bad, presenting);
    }

    [Fact]
    public async Task Given_one_address_that_guesses_without_end_When_it_is_limited_Then_the_limit_never_takes_a_wrong_one_and_others_do_not_feel_it()
    {
        var (bad, presenting) = await MaterialAsync();

        var (accepted, presented) = await PresentAsync(bad, presenting, 1_500, Seed + 2, perAddress: 1_500);

        Assert.True(accepted.IsEmpty, $"seed {Seed + 2}: {string.Join('\n', accepted.Take(10))}");
        Assert.True(presented.Keys.Any(k => k.EndsWith("429", StringComparison.Ordinal)), string.Join('\n', presented.Keys));
        await StillGoodAsync(bad, presenting);
    }

    /// <summary>Each real credential is one: what is refused is refused for what is wrong with it.</summary>
    private async Task StillGoodAsync(BadCredentials bad, Presenting presenting)
    {
        foreach (var (place, text) in bad.Real)
        {
            if (place == Place.OneTimeLink)
                continue; // good once: that it is, is shown by the tests of signing in
            using var http = Visitor();
            using var request = presenting.Request(place, text);
            using var answer = await http.SendAsync(request);
            Assert.True(answer.IsSuccessStatusCode, $"{place}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
    }

    private async Task<(ConcurrentBag<string> Accepted, ConcurrentDictionary<string, int> Presented)> PresentAsync(
        BadCredentials bad, Presenting presenting, int count, int seed, int perAddress)
    {
        var random = new Random(seed);
        var accepted = new ConcurrentBag<string>();
        var presented = new ConcurrentDictionary<string, int>();
        var batches = Enumerable.Range(0, count).Select(_ => bad.Next(random)).Chunk(perAddress).ToArray();
        await Parallel.ForEachAsync(batches, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (batch, cancellationToken) =>
        {
            using var http = Visitor();
            foreach (var credential in batch)
            {
                using var request = presenting.Request(credential.Place, credential.Text);
                using var answer = await http.SendAsync(request, cancellationToken);
                presented.AddOrUpdate($"{credential.Place}, {credential.Kind}: {(int)answer.StatusCode}", 1, (_, n) => n + 1);
                if (!Presenting.IsRefused(credential.Place, answer.StatusCode) || presenting.BeginsSession(answer))
                    accepted.Add($"{credential.Place}, {credential.Kind}: {answer.StatusCode} {credential.Text}");
            }
        });
        return (accepted, presented);
    }

    private HttpClient Visitor()
    {
        var handler = LoopbackAddress.Handler();
        handler.UseCookies = false;
        return new HttpClient(handler) { BaseAddress = Server.Address };
    }

    private async Task<(BadCredentials Bad, Presenting Presenting)> MaterialAsync()
    {
        var (_, admin) = await Ours.PersonAsync(UserRole.Admin);
        var (ended, endedSession) = await Ours.PersonAsync(UserRole.Admin);
        await Ours.DecideAsync(new EndSessions(ended.Id));
        var device = await Ours.Tenant.DeviceAsync(Ours.Fresh());
        var rotated = await Ours.Tenant.DeviceAsync(Ours.Fresh());
        await Ours.DecideAsync(new RotateDeviceToken(new(await Ours.Tenant.NumberAsync(rotated.Id)), SecretHash.Of(SecretToken.Create())));
        var expiredToken = await Ours.NewTokenAsync(UserRole.Admin);
        var (linked, _) = await Ours.PersonAsync(UserRole.Admin);
        var (link, expiredLink, usedLink) = (SecretToken.Create(), SecretToken.Create(), SecretToken.Create());
        foreach (var text in new[] { link, expiredLink, usedLink })
            await Ours.DecideAsync(new CreateLink(linked.Id, SecretHash.Of(text)));
        await Ours.DecideAsync(new RedeemLink(SecretHash.Of(usedLink)));
        await using (var owner = NpgsqlDataSource.Create(Server.Database.Owner!))
        {
            await using var age = owner.CreateCommand(
                "WITH t AS (UPDATE api_token SET expires_at = now() - interval '1 second' WHERE token_id = $1) UPDATE one_time_link SET expires_at = now() - interval '1 second' WHERE link_hash = $2");
            age.Parameters.AddWithValue(expiredToken.Id);
            age.Parameters.AddWithValue(SecretHash.Of(expiredLink).ToBytes());
            await age.ExecuteNonQueryAsync();
        }
        var sessions = new Sessions(Server);
        var session = admin.Session;
        var program = await Ours.NewTokenAsync(UserRole.Admin);
        var operatorKey = Ours.Operator.Headers[0].Value["Bearer ".Length..];
        var real = new Dictionary<Place, string>
        {
            [Place.Bearer] = program.Token, [Place.Operator] = operatorKey, [Place.Session] = session,
            [Place.Antiforgery] = admin.Headers.Single(h => h.Name == CookieRequests.HeaderName).Value, [Place.OneTimeLink] = link,
            [Place.DeviceAddress] = device.Token, [Place.DeviceBearer] = device.Token, [Place.HubNegotiation] = session,
        };
        (string, string)[] deadSessions =
        [
            ("expired", await sessions.ExpiredAsync(Ours, linked)), ("ended", endedSession.Session), ("of a disabled user", Ours.DisabledAdmin.Session),
            ("of the user in another tenant", await sessions.InTenantAsync(Ours, linked, worlds.Birch.Id)), ("of nobody", sessions.OfNobody(Ours.Id)),
        ];
        var dead = new Dictionary<Place, (string, string)[]>
        {
            [Place.Bearer] = [("expired", expiredToken.Token), ("revoked", Ours.RevokedProgram.Headers[0].Value["Bearer ".Length..])],
            [Place.Session] = deadSessions, [Place.HubNegotiation] = deadSessions,
            [Place.OneTimeLink] = [("used", usedLink), ("expired", expiredLink)],
            [Place.DeviceAddress] = [("rotated", rotated.Token)], [Place.DeviceBearer] = [("rotated", rotated.Token)],
            [Place.Antiforgery] = [("of another user", Ours.Session(UserRole.Admin).Headers.Single(h => h.Name == CookieRequests.HeaderName).Value)],
        };
        using var stranger = Visitor();
        var presenting = await Presenting.PrepareAsync(Server, stranger, admin);
        // Of the other tenant, and good in no place of ours: what is good there in its own place is that tenant's.
        string[] foreign = [worlds.Birch.Session(UserRole.Admin).Headers.Single(h => h.Name == CookieRequests.HeaderName).Value, worlds.Birch.RevokedProgram.Headers[0].Value["Bearer ".Length..]];
        return (new BadCredentials(real, dead, foreign), presenting);
    }

    private static bool IsError(string line) => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal);

    /// <summary>What the process holds.</summary>
    private sealed record Footprint(long ManagedBytes, long ResidentBytes, int Threads, int Handles)
    {
        public static Footprint Now()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            using var process = Process.GetCurrentProcess();
            return new Footprint(GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64, process.Threads.Count, process.HandleCount);
        }
    }
}
