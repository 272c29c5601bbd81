using FieldCrm.Core.Tenants;

namespace FieldCrm.Core.Tests.Tenants;

public sealed class UserDeciderTests
{
    private static readonly UtcMicros Now = UtcMicros.FromUnixSeconds(1_790_000_000);
    private static readonly TenantState Tenant = new() { Id = new TenantId(3), Name = "harbour" };
    private static readonly Guid Ana = new("11111111-2222-8333-8444-555555555555");
    private static readonly KnownUser Admin = new(Ana, UserRole.Admin, IsDisabled: false);
    private static readonly KnownUser External = new(Ana, UserRole.Dispatcher, IsDisabled: false, IsExternal: true);

    private static TenantOutcome Decide(TenantCommand command, TenantFacts facts, UtcMicros? now = null) =>
        TenantDecider.Decide(Tenant, facts, command, now ?? Now);

    [Fact]
    public void Given_the_last_admin_When_disabled_or_demoted_Then_refused_and_with_a_second_one_allowed()
    {
        var last = new TenantFacts { User = Admin, ActiveAdmins = 1 };
        Assert.Equal("user.last-admin", Decide(new DisableUser(Ana), last).Refusal?.Code);
        Assert.Equal("user.last-admin", Decide(new ChangeRole(Ana, UserRole.Auditor), last).Refusal?.Code);
        Assert.Empty(Decide(new ChangeRole(Ana, UserRole.Admin), last).Events);

        var second = last with { ActiveAdmins = 2 };
        Assert.Equal([new UserDisabled(Ana)], Decide(new DisableUser(Ana), second).Events.ToArray());
        Assert.Equal([new RoleChanged(Ana, UserRole.Auditor)], Decide(new ChangeRole(Ana, UserRole.Auditor), second).Events.ToArray());
        Assert.Equal("user.role-unknown", Decide(new ChangeRole(Ana, "king"), second).Refusal?.Code);
        Assert.Equal("user.unknown", Decide(new ChangeRole(Ana, UserRole.Admin), TenantFacts.None).Refusal?.Code);
    }

    /// <summary>Tries so far, seconds since the last one, whether the next may be made.</summary>
    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(4, 0, true)]
    [InlineData(5, 59, false)]
    [InlineData(5, 60, true)]
    [InlineData(6, 0, true)]
    [InlineData(10, 119, false)]
    [InlineData(10, 120, true)]
    [InlineData(30, 1_919, false)]
    [InlineData(30, 1_920, true)]
    [InlineData(35, 3_599, false)]
    [InlineData(35, 3_600, true)]
    [InlineData(5_000, 3_599, false)]
    [InlineData(5_000, 3_600, true)]
    public void Given_tries_When_another_is_begun_Then_after_each_five_the_name_waits_longer(int tries, int secondsAgo, bool may)
    {
        var facts = new TenantFacts { User = Admin, Login = new KnownLogin(tries, Now.Plus(TimeSpan.FromSeconds(-secondsAgo))) };

        var outcome = Decide(new BeginPasswordTry(Ana), facts);

        if (may)
            Assert.Equal([new PasswordTried(Ana, tries + 1)], outcome.Events.ToArray());
        else
            Assert.Equal("sign-in.locked", outcome.Refusal?.Code);
    }

    [Fact]
    public void Given_a_wrong_password_When_noted_Then_the_ledger_hears_of_the_fifth_only()
    {
        Assert.Empty(Decide(new NotePasswordFailed(Ana), new TenantFacts { User = Admin, Login = new KnownLogin(4, Now) }).Events);
        Assert.Equal(
            [new SignInLocked(Ana, 5, Now.Plus(TimeSpan.FromMinutes(1)))],
            Decide(new NotePasswordFailed(Ana), new TenantFacts { User = Admin, Login = new KnownLogin(5, Now) }).Events.ToArray());
    }

    [Fact]
    public void Given_a_password_and_a_passkey_When_set_Then_no_secret_and_no_counter_is_in_the_event_s_text()
    {
        var set = Decide(new SetPassword(Ana, "the-hash"), new TenantFacts { User = Admin }).Events[0];
        var key = new NewPasskey("aWQ", "cHVibGlj", "Laptop", 7, "internal", true, true, false);
        var added = Decide(new AddPasskey(Ana, key), new TenantFacts { User = Admin }).Events[0];

        Assert.Equal($$"""{"userId":"{{Ana}}"}""", Json(set));
        Assert.Equal("the-hash", Assert.IsType<PasswordSet>(set).PasswordHash);
        Assert.Equal($$"""{"userId":"{{Ana}}","credentialId":"aWQ","name":"Laptop"}""", Json(added));

        static string Json(TenantEvent happened) => System.Text.Json.JsonSerializer.Serialize(happened, happened.GetType(), TenantJson.Default);
    }

    [Fact]
    public void Given_passkeys_When_added_again_or_too_many_or_misnamed_Then_refused()
    {
        var add = new AddPasskey(Ana, new NewPasskey("aWQ", "cHVibGlj", "Laptop", 0, "", true, true, true));
        Assert.Equal("passkey.known", Decide(add, new TenantFacts { User = Admin, IsPasskeyKnown = true }).Refusal?.Code);
        Assert.Equal("passkey.too-many", Decide(add, new TenantFacts { User = Admin, PasskeyCount = 20 }).Refusal?.Code);
        Assert.Equal("passkey.name-invalid", Decide(add with { Passkey = add.Passkey with { Name = " " } }, new TenantFacts { User = Admin }).Refusal?.Code);
        Assert.Equal("passkey.unknown", Decide(new RemovePasskey(Ana, "aWQ"), new TenantFacts { User = Admin }).Refusal?.Code);
        Assert.Equal("passkey.unknown", Decide(new CompleteSignIn(Ana, SignInMethod.Passkey, new PasskeyUse("aWQ", 1, true)), new TenantFacts { User = Admin }).Refusal?.Code);
    }

    [Fact]
    public void Given_an_external_user_When_given_a_secret_a_link_or_a_role_Then_refused()
    {
        var facts = new TenantFacts { User = External, ActiveAdmins = 1 };
        TenantCommand[] commands =
        [
            new SetPassword(Ana, "h"), new AddPasskey(Ana, new NewPasskey("aWQ", "cA", "x", 0, "", true, true, true)),
            new CreateLink(Ana, SecretHash.Of("x")), new ChangeRole(Ana, UserRole.Admin),
        ];
        Assert.All(commands, command => Assert.Equal("user.external", Decide(command, facts).Refusal?.Code));
    }

    [Fact]
    public void Given_a_provider_When_groups_come_change_go_and_come_back_Then_role_and_access_follow()
    {
        var first = new SignInExternal(Ana, "https://idp", "s1", "ana", UserRole.Dispatcher);
        Assert.Equal(
            [new UserAdded(Ana, "ana", UserRole.Dispatcher), new ExternalLinked(Ana, "https://idp", "s1"), new SignedIn(Ana, SignInMethod.Provider, UserRole.Dispatcher)],
            Decide(first, TenantFacts.None).Events.ToArray());
        Assert.Equal("provider.no-role", Decide(first with { Role = null }, TenantFacts.None).Refusal?.Code);
        Assert.Equal("user.name-taken", Decide(first, new TenantFacts { IsUserNameTaken = true }).Refusal?.Code);

        var known = new TenantFacts { User = External };
        Assert.Equal([new RoleChanged(Ana, UserRole.Auditor), new SignedIn(Ana, SignInMethod.Provider, UserRole.Auditor)],
            Decide(first with { Role = UserRole.Auditor }, known).Events.ToArray());
        Assert.Equal([new ExternalAccessLost(Ana)], Decide(first with { Role = null }, known).Events.ToArray());

        var lost = new TenantFacts { User = External with { IsDisabled = true, HasLostAccess = true } };
        Assert.Equal("provider.no-role", Decide(first with { Role = null }, lost).Refusal?.Code);
        Assert.Equal([new ExternalAccessRegained(Ana), new SignedIn(Ana, SignInMethod.Provider, UserRole.Dispatcher)], Decide(first, lost).Events.ToArray());
        Assert.Equal([new UserDisabled(Ana)], Decide(new DisableUser(Ana), lost).Events.ToArray());

        var disabled = new TenantFacts { User = External with { IsDisabled = true } };
        Assert.Equal("user.disabled", Decide(first, disabled).Refusal?.Code);
    }

    [Fact]
    public void Given_a_token_When_added_Then_it_ends_within_a_year_and_is_revoked_once()
    {
        var add = new AddToken(Ana, SecretHash.Of("t"), "export", UserRole.Auditor, Now.Plus(TimeSpan.FromDays(90)), null);
        Assert.Equal("token.expiry-invalid", Decide(add with { ExpiresAt = Now }, TenantFacts.None).Refusal?.Code);
        Assert.Equal("token.expiry-invalid", Decide(add with { ExpiresAt = Now.Plus(TimeSpan.FromDays(367)) }, TenantFacts.None).Refusal?.Code);
        Assert.Equal("token.name-invalid", Decide(add with { Name = "" }, TenantFacts.None).Refusal?.Code);
        Assert.Equal("user.role-unknown", Decide(add with { Role = "operator" }, TenantFacts.None).Refusal?.Code);
        Assert.Equal("token.quota-reached", Decide(add, new TenantFacts { TokenCount = AddToken.MaxTokens }).Refusal?.Code);
        Assert.IsType<TokenAdded>(Assert.Single(Decide(add, TenantFacts.None).Events));

        Assert.Equal("token.unknown", Decide(new RevokeToken(Ana), TenantFacts.None).Refusal?.Code);
        Assert.Equal([new TokenRevoked(Ana)], Decide(new RevokeToken(Ana), new TenantFacts { Token = new KnownToken(Ana, false) }).Events.ToArray());
        Assert.Empty(Decide(new RevokeToken(Ana), new TenantFacts { Token = new KnownToken(Ana, true) }).Events);
    }
}
