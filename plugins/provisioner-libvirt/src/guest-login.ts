import { randomBytes } from 'node:crypto';

export interface LoginFacts {
  readonly username: string;
  /** What is signed names it, so that a signature counts on one machine only. */
  readonly machineId: string;
  /** As it stands in a URL. */
  readonly signingHost: string;
  readonly otpLength: number;
  readonly otpTtlSeconds: number;
  /** Whether the base image has the packages of the login by wallet. */
  readonly hasLogin: boolean;
}

/** One of cloud-init's `write_files`. */
interface GuestFile {
  readonly path: string;
  readonly owner: string;
  readonly permissions: string;
  readonly content: string;
}

const AUTH_PORT = 8443;
const DROP_IN = '/etc/ssh/sshd_config.d/00-blockhost.conf';
const PAM_STACK = 'blockhost-sshd';
/** Longest time to answer a challenge: what is left of its life, and some. */
const GRACE_SECONDS = 30;

/**
 * What decides who may log in (specification provisioners.md 5.2, guest-auth.md 7, 11). Without the packages of the login
 * nobody can: sshd asks for a password that does not exist.
 */
export function loginFiles(facts: LoginFacts): GuestFile[] {
  const drop = { path: DROP_IN, owner: 'root:root', permissions: '0600', content: sshdDropIn(facts) };
  return facts.hasLogin ? [drop, pamConfig(facts), serviceConfig(), pamStack(facts)] : [drop];
}

/**
 * Commands of the first boot. The distribution's PAM file keeps all but its line of authentication. What sshd does not take
 * is put away again, and told where the guest agent can read it.
 */
export const LOGIN_COMMANDS = [
  [
    'sh',
    '-c',
    `if [ -e /etc/pam.d/${PAM_STACK} ]; then
  sed -i 's/^@include common-auth$/@include ${PAM_STACK}/' /etc/pam.d/sshd
fi
mkdir -p /run/sshd /run/blockhost
if ! sshd -t 2> /run/blockhost/sshd-says; then
  rm -f ${DROP_IN}
  mv /run/blockhost/sshd-says /run/blockhost/sshd-refused
fi
systemctl restart ssh`,
  ],
];

function sshdDropIn({ username, otpTtlSeconds }: LoginFacts): string {
  return lines(
    'PubkeyAuthentication no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication yes',
    'UsePAM yes',
    'AuthenticationMethods keyboard-interactive',
    'PermitRootLogin no',
    `AllowUsers ${username}`,
    'MaxAuthTries 3',
    `LoginGraceTime ${otpTtlSeconds + GRACE_SECONDS}`,
    'MaxStartups 10:30:60',
    'PerSourceMaxStartups 4',
    'PermitUserEnvironment no',
  );
}

function pamConfig({ username, machineId, signingHost, otpLength, otpTtlSeconds }: LoginFacts): GuestFile {
  const content = lines(
    '[machine]',
    `id = "${machineId}"`,
    `secret_key = "${randomBytes(32).toString('hex')}"`,
    '[auth]',
    `user = "${username}"`,
    `signing_url = "https://${signingHost}:${AUTH_PORT}"`,
    `otp_length = ${otpLength}`,
    `otp_ttl_seconds = ${otpTtlSeconds}`,
  );
  return { path: '/etc/pam_web3/config.toml', owner: 'root:root', permissions: '0600', content };
}

function serviceConfig(): GuestFile {
  const content = lines(
    '[https]',
    `port = ${AUTH_PORT}`,
    'bind = ["::"]',
    'cert_path = "/etc/libpam-web3/tls/cert.pem"',
    'key_path = "/etc/libpam-web3/tls/key.pem"',
    'signing_page_path = "/usr/share/blockhost/signing-page/index.html"',
  );
  const owner = 'root:blockhost-auth';
  return { path: '/etc/web3-auth/config.toml', owner, permissions: '0640', content };
}

/** Exactly these lines: guest-auth.md 7.3 tells what any other would let in. */
function pamStack({ username }: LoginFacts): GuestFile {
  const content = lines(
    `auth  requisite  pam_succeed_if.so quiet user = ${username}`,
    'auth  requisite  pam_exec.so quiet stdout /usr/libexec/blockhost-guest-auth challenge',
    'auth  requisite  pam_exec.so quiet stdout expose_authtok /usr/libexec/blockhost-guest-auth verify',
    'auth  required   pam_permit.so',
  );
  return { path: `/etc/pam.d/${PAM_STACK}`, owner: 'root:root', permissions: '0644', content };
}

function lines(...all: string[]): string {
  return `${all.join('\n')}\n`;
}
