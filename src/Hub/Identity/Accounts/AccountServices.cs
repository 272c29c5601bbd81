using Microsoft.AspNetCore.Identity;

namespace FieldCrm.Hub.Identity.Accounts;

/// <summary>What of ASP.NET Core Identity is used: hashing and rules of passwords, and the passkeys' protocol.</summary>
internal static class AccountServices
{
    // OWASP's figure for PBKDF2 with HMAC-SHA-512 (2023); Identity's own default is 100,000.
    private const int HashIterations = 210_000;

    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.AddSingleton<ILookupNormalizer, NamesAsTheyAre>();
        services.AddSingleton<IPasswordHasher<AppUser>, PasswordHasher<AppUser>>();
        services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = HashIterations);
        services.AddIdentityCore<AppUser>(identity =>
            {
                identity.Password.RequiredLength = PasswordRules.MinLength;
                identity.Password.RequireDigit = identity.Password.RequireLowercase = false;
                identity.Password.RequireUppercase = identity.Password.RequireNonAlphanumeric = false;
                identity.Password.RequiredUniqueChars = 1;
            })
            .AddUserStore<AppUserStore>()
            .AddPasswordValidator<PasswordRules>();
        services.AddScoped<AppUserStore>();
        services.AddScoped<IPasskeyHandler<AppUser>, PasskeyHandler<AppUser>>();
        services.AddSingleton<PasswordDecoy>();
        services.AddScoped<PasswordSignIn>();
        services.AddScoped<Account>();
        services.AddSingleton<PasskeyState>();
        return services;
    }
}
