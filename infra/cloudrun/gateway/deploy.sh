#!/usr/bin/env bash
# The state gateway on Cloud Run, behind a load balancer: made where it is not there, brought up to date where it is.
#
#   infra/cloudrun/gateway/deploy.sh --dry-run    print every command, run none, ask nobody
#   infra/cloudrun/gateway/deploy.sh
#
# docs/runbooks/deploy-the-gateway.md says what has to be there before, and where each variable comes from.
set -euo pipefail

readonly HERE="${BASH_SOURCE[0]%/*}"
readonly SERVICE=state-gateway
readonly SECRETS=(state-gateway-redis-url state-gateway-redis-ca state-gateway-clients state-gateway-signing-root)
DRY_RUN=no

fail() {
  printf 'deploy.sh: %s\n' "$1" >&2
  exit 1
}

usage() {
  printf 'usage: %s [--dry-run]\n' "$0" >&2
  exit 2
}

for argument in "$@"; do
  case "$argument" in
    --dry-run) DRY_RUN=yes ;;
    *) usage ;;
  esac
done

# need NAME PATTERN WHAT: the variable is set and looks right, or what to do about it.
need() {
  local name=$1 pattern=$2 what=$3
  [[ -n ${!name:-} ]] || fail "$name is not set: $what"
  [[ ${!name} =~ ^($pattern)$ ]] || fail "$name is '${!name}', which cannot be right: $what"
}

need PROJECT '[a-z][a-z0-9-]{4,28}[a-z0-9]' "the Google Cloud project's id (gcloud projects list)"
need REGION '[a-z]+-[a-z]+[0-9]+' 'the region of Memorystore and of the connector, such as europe-west1'
need DOMAIN '([a-z0-9-]+\.)+[a-z]{2,}' 'the name that workers will ask, such as state.example.com; its DNS is yours'
need BUCKET '[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]' 'the one bucket that the gateway reads and writes, without gs://'
need CONNECTOR '[a-z][a-z0-9-]{0,23}[a-z0-9]' "a Serverless VPC Access connector in Memorystore's network"
need IMAGE '[^:@[:space:]]+/[^:@[:space:]]+:[A-Za-z0-9_.-]+' 'the image to build and run, host and tag included'
[[ ${IMAGE##*:} != latest ]] || fail 'IMAGE has the tag latest: write a tag of its own for each build, or nothing can be rolled back'
MIN_INSTANCES=${MIN_INSTANCES:-1}
MAX_INSTANCES=${MAX_INSTANCES:-4}
need MIN_INSTANCES '[1-9][0-9]{0,2}' 'at least 1: a call cannot wait for a cold start'
need MAX_INSTANCES '[1-9][0-9]{0,3}' 'a whole number, at least MIN_INSTANCES'
((MAX_INSTANCES >= MIN_INSTANCES)) || fail "MAX_INSTANCES $MAX_INSTANCES is below MIN_INSTANCES $MIN_INSTANCES"
readonly SERVICE_ACCOUNT="$SERVICE@$PROJECT.iam.gserviceaccount.com"
readonly MEMBER="serviceAccount:$SERVICE_ACCOUNT"

if [[ $DRY_RUN == no ]]; then
  command -v gcloud >/dev/null || fail 'gcloud is missing: https://cloud.google.com/sdk/docs/install, then gcloud auth login'
  command -v curl >/dev/null || fail 'curl is missing: install it'
fi

run() {
  printf '+'
  printf ' %q' "$@"
  printf '\n'
  [[ $DRY_RUN == yes ]] || "$@"
}

cloud() { run gcloud --project="$PROJECT" --quiet "$@"; }

# there KIND... NAME: asks; a dry run asks nobody, and shows what would be done where nothing is there.
there() {
  if [[ $DRY_RUN == yes ]]; then
    printf '? unless it is there:\n'
    return 1
  fi
  gcloud --project="$PROJECT" --quiet "$@" --format='value(name)' >/dev/null 2>&1
}

say() { printf '\n# %s\n' "$1"; }

# fill FILE: its text with each ${NAME} of ours replaced.
fill() {
  local text name
  text=$(<"$1")
  for name in PROJECT REGION BUCKET CONNECTOR IMAGE MIN_INSTANCES MAX_INSTANCES SERVICE_ACCOUNT ADDRESS; do
    text=${text//"\${$name}"/"${!name}"}
  done
  printf '%s\n' "$text"
}

say 'services of the project'
cloud services enable run.googleapis.com secretmanager.googleapis.com vpcaccess.googleapis.com compute.googleapis.com \
  cloudbuild.googleapis.com iamcredentials.googleapis.com

say 'what must be there already (docs/runbooks/deploy-the-gateway.md)'
for secret in "${SECRETS[@]}"; do
  if [[ $DRY_RUN == yes ]]; then
    printf '+ look for the secret %s (its value is not read)\n' "$secret"
  else
    there secrets describe "$secret" || fail "there is no secret $secret: docs/runbooks/deploy-the-gateway.md, step 2"
  fi
done
if [[ $DRY_RUN == yes ]]; then
  printf '+ look for the connector %s and the bucket %s\n' "$CONNECTOR" "$BUCKET"
else
  there compute networks vpc-access connectors describe "$CONNECTOR" --region="$REGION" ||
    fail "there is no connector $CONNECTOR in $REGION: docs/runbooks/deploy-the-gateway.md, step 1"
  there storage buckets describe "gs://$BUCKET" || fail "there is no bucket gs://$BUCKET, or it is not yours to see"
fi

say 'who it is: an account that may do three things'
there iam service-accounts describe "$SERVICE_ACCOUNT" ||
  cloud iam service-accounts create "$SERVICE" --display-name='State gateway'
cloud storage buckets add-iam-policy-binding "gs://$BUCKET" --member="$MEMBER" --role=roles/storage.objectUser
for secret in "${SECRETS[@]}"; do
  cloud secrets add-iam-policy-binding "$secret" --member="$MEMBER" --role=roles/secretmanager.secretAccessor
done
# On itself alone: signBlob, for signed URLs without a key file.
cloud iam service-accounts add-iam-policy-binding "$SERVICE_ACCOUNT" --member="$MEMBER" \
  --role=roles/iam.serviceAccountTokenCreator

say 'the address'
there compute addresses describe "$SERVICE" --global || cloud compute addresses create "$SERVICE" --global
ADDRESS=192.0.2.1 # stands for it in a dry run
if [[ $DRY_RUN == no ]]; then
  ADDRESS=$(gcloud --project="$PROJECT" compute addresses describe "$SERVICE" --global --format='value(address)')
fi

say 'the image and the service'
cloud builds submit "$HERE/../../.." --config="$HERE/cloudbuild.yaml" --substitutions="_IMAGE=$IMAGE"
filled=$(mktemp -d)
trap 'rm -rf "$filled"' EXIT
fill "$HERE/service.yaml" >"$filled/service.yaml"
fill "$HERE/url-map.yaml" >"$filled/url-map.yaml"
if [[ $DRY_RUN == yes ]]; then
  printf '%s\n' '--- service.yaml' "$(<"$filled/service.yaml")" '--- url-map.yaml' "$(<"$filled/url-map.yaml")" '---'
fi
cloud run services replace "$filled/service.yaml" --region="$REGION"

say 'the way in: TLS, and only the routes that ask for a key'
there compute ssl-certificates describe "$SERVICE" --global ||
  cloud compute ssl-certificates create "$SERVICE" --global --domains="$DOMAIN"
there compute network-endpoint-groups describe "$SERVICE" --region="$REGION" ||
  cloud compute network-endpoint-groups create "$SERVICE" --region="$REGION" --network-endpoint-type=serverless \
    --cloud-run-service="$SERVICE"
if ! there compute backend-services describe "$SERVICE" --global; then
  cloud compute backend-services create "$SERVICE" --global --load-balancing-scheme=EXTERNAL_MANAGED --protocol=HTTPS
  cloud compute backend-services add-backend "$SERVICE" --global --network-endpoint-group="$SERVICE" \
    --network-endpoint-group-region="$REGION"
fi
cloud compute url-maps import "$SERVICE" --global --source="$filled/url-map.yaml"
there compute target-https-proxies describe "$SERVICE" --global ||
  cloud compute target-https-proxies create "$SERVICE" --global --url-map="$SERVICE" --ssl-certificates="$SERVICE"
there compute forwarding-rules describe "$SERVICE" --global ||
  cloud compute forwarding-rules create "$SERVICE" --global --load-balancing-scheme=EXTERNAL_MANAGED \
    --address="$SERVICE" --target-https-proxy="$SERVICE" --ports=443

say 'does it answer? (401: it does, and knows nobody without a key)'
if [[ $DRY_RUN == yes ]]; then
  printf '+ curl https://%s/pipeline, and expect 401; https://%s/metrics, and expect 404\n' "$DOMAIN" "$DOMAIN"
  exit 0
fi
answer() { curl --silent --output /dev/null --max-time 10 --write-out '%{http_code}' "$@" || true; }
keyed=$(answer --request POST --data '[]' "https://$DOMAIN/pipeline")
inside=$(answer "https://$DOMAIN/metrics")
[[ $keyed == 401 && $inside == 404 ]] || fail "https://$DOMAIN answers $keyed and $inside, not 401 and 404. On the first run: point its DNS \
at $ADDRESS, wait for the certificate (gcloud compute ssl-certificates describe $SERVICE --global), and run this again"
printf 'https://%s is the gateway: STATE_URL of workers outside\n' "$DOMAIN"
