using System.Text;
using FieldCrm.Silo.Storage.Model;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Silo.Storage;

/// <summary>
/// The read models. Requests use it as <c>fieldcrm_api</c> inside a transaction that names the tenant
/// (<see cref="TenantScope"/>); row security decides what it sees. Positions, events and the work queues are not in
/// here: the hot path speaks Npgsql (see Sql/ for every table).
/// </summary>
public sealed class FieldCrmContext(DbContextOptions<FieldCrmContext> options)
    : DbContext(options), IDataProtectionKeyContext
{
    public const string Schema = "fieldcrm";

    public DbSet<TenantRow> Tenants => Set<TenantRow>();
    public DbSet<DeviceRow> Devices => Set<DeviceRow>();
    public DbSet<UserRow> Users => Set<UserRow>();
    public DbSet<OneTimeLinkRow> OneTimeLinks => Set<OneTimeLinkRow>();
    public DbSet<UserPasskeyRow> Passkeys => Set<UserPasskeyRow>();
    public DbSet<UserExternalRow> ExternalUsers => Set<UserExternalRow>();
    public DbSet<ApiTokenRow> ApiTokens => Set<ApiTokenRow>();
    public DbSet<UnregisteredRow> Unregistered => Set<UnregisteredRow>();
    public DbSet<QuarantineRow> Quarantine => Set<QuarantineRow>();
    public DbSet<AlarmRow> Alarms => Set<AlarmRow>();
    public DbSet<UnitAvailabilityRow> Availabilities => Set<UnitAvailabilityRow>();
    public DbSet<PersonConsentRow> PersonConsents => Set<PersonConsentRow>();
    public DbSet<PersonShiftRow> PersonShifts => Set<PersonShiftRow>();
    public DbSet<PersonLookRow> PersonLooks => Set<PersonLookRow>();
    public DbSet<PersonErasureRow> PersonErasures => Set<PersonErasureRow>();
    public DbSet<DeviceEventRow> DeviceEvents => Set<DeviceEventRow>();
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema(Schema);
        modelBuilder.HasSequence<int>("device_id_seq").StartsAt(1);
        modelBuilder.HasSequence<int>("tenant_id_seq").StartsAt(1);
        modelBuilder.Entity<TenantRow>(e =>
        {
            e.ToTable("tenant").HasKey(r => r.TenantId);
            e.Property(r => r.TenantId).ValueGeneratedNever();
            e.Property(r => r.Name).HasMaxLength(100);
            e.HasIndex(r => r.Name).IsUnique();
            e.Property(r => r.Settings).HasColumnType("jsonb");
            e.HasIndex(r => r.EnrolmentTokenHash).IsUnique();
        });
        modelBuilder.Entity<DeviceRow>(e =>
        {
            e.ToTable("device").HasKey(r => r.DeviceId);
            e.Property(r => r.DeviceId).ValueGeneratedNever();
            e.Property(r => r.UniqueId).HasMaxLength(128);
            e.Property(r => r.Name).HasMaxLength(200);
            e.Property(r => r.BareId).HasMaxLength(128);
            e.HasIndex(r => new { r.TenantId, r.UniqueId }).IsUnique();
            e.HasIndex(r => r.TokenHash).IsUnique();
            e.HasIndex(r => r.BareId).IsUnique();
            e.HasOne<TenantRow>().WithMany().HasForeignKey(r => r.TenantId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<UserRow>(e =>
        {
            e.ToTable("app_user").HasKey(r => r.UserId);
            e.Property(r => r.Name).HasMaxLength(200);
            e.Property(r => r.Role).HasMaxLength(32);
            e.Property(r => r.SessionStamp).HasDefaultValue(Guid.Empty);
            e.HasIndex(r => r.Name).IsUnique();
            e.HasIndex(r => r.TenantId);
            e.HasOne<TenantRow>().WithMany().HasForeignKey(r => r.TenantId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<OneTimeLinkRow>(e =>
        {
            e.ToTable("one_time_link").HasKey(r => r.LinkHash);
            e.HasOne<UserRow>().WithMany().HasForeignKey(r => r.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<UnregisteredRow>(e =>
        {
            e.ToTable("unregistered").HasKey(r => new { r.TenantId, r.ClaimedId });
            e.Property(r => r.ClaimedId).HasMaxLength(128);
            e.Property(r => r.Protocol).HasMaxLength(32);
        });
        modelBuilder.Entity<QuarantineRow>(e =>
        {
            e.ToTable("quarantine").HasKey(r => r.QuarantineId);
            e.Property(r => r.QuarantineId).UseIdentityAlwaysColumn();
            e.Property(r => r.Reason).HasMaxLength(64);
            e.Property(r => r.Protocol).HasMaxLength(32);
            e.HasIndex(r => new { r.DeviceId, r.Reason, r.RawHash }).IsUnique().AreNullsDistinct(false);
            e.HasIndex(r => new { r.TenantId, r.ReceivedAt });
        });
        modelBuilder.Entity<AlarmRow>(e =>
        {
            e.ToTable("alarm").HasKey(r => r.AlarmId);
            e.Property(r => r.Payload).HasColumnType("json");
            e.HasIndex(r => new { r.TenantId, r.StartedAt });
        });
        modelBuilder.Entity<DeviceEventRow>(e =>
        {
            e.ToTable("device_event").HasKey(r => new { r.DeviceId, r.EventId });
            e.Property(r => r.Payload).HasColumnType("json");
            e.HasIndex(r => new { r.DeviceId, r.EmittedFixedAt });
            e.HasIndex(r => new { r.TenantId, r.StartFixedAt });
        });
        IdentityModel.Configure(modelBuilder);
        UnitModel.Configure(modelBuilder);
        PeopleModel.Configure(modelBuilder);
        modelBuilder.Entity<DataProtectionKey>().ToTable("data_protection_key");
        UseSnakeCaseColumns(modelBuilder);
    }

    private static void UseSnakeCaseColumns(ModelBuilder modelBuilder)
    {
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
                property.SetColumnName(SnakeCase(property.Name));
        }
    }

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }
        return text.ToString();
    }
}
